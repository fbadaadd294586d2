//! Which extension is free.

use roster::domain::{OrganizationId, ResourceId, Timestamp};
use roster::store::{PhoneLine, StoreError, Weight, Write};
use uuid::Uuid;

use crate::bench::{Bench, on_both};

const PRODUCT: &str = "phone";

fn account(number: i64) -> ResourceId {
    Uuid::from_u128(u128::from(number.unsigned_abs())).into()
}

fn line(extension: i64) -> PhoneLine {
    PhoneLine {
        account: account(extension),
        extension: Some(extension),
        voicemail: true,
        soft_phone: false,
        level: "none".to_owned(),
        permissions: "[]".to_owned(),
        email: None,
        version: 1,
        changed: Timestamp::default(),
    }
}

fn write<T: Send + 'static>(
    bench: &Bench,
    organization: OrganizationId,
    work: impl FnMut(&mut Write<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    bench.core.store.write_blocking(organization, Weight::Heavy, work).expect("written")
}

fn free(bench: &Bench, organization: OrganizationId, first: i64, last: i64) -> Option<i64> {
    let read = |read: &mut roster::store::Read<'_>| read.free_extension(first, last);
    bench.core.store.read_blocking(organization, None, read).expect("an answer")
}

#[test]
fn the_lowest_free_extension_is_found_however_many_are_taken() {
    on_both(|bench| {
        let organization = bench.tenant().sessions[0].caller.organization;
        assert_eq!(free(bench, organization, 1_000, 9_999), Some(1_000));
        // More than are looked at at once, twice over and just as many.
        write(bench, organization, |write| {
            (1_000..1_400).try_for_each(|extension| {
                assert!(write.insert_phone_line(PRODUCT, &line(extension))?);
                Ok(())
            })
        });
        for (first, last, wanted) in [
            (1_000, 9_999, Some(1_400)),
            (1_000, 1_400, Some(1_400)),
            (1_000, 1_399, None),
            (1_399, 1_399, None),
            (1_390, 1_500, Some(1_400)),
            (900, 9_999, Some(900)),
            (2_000, 2_001, Some(2_000)),
            (1_500, 1_499, None),
        ] {
            assert_eq!(free(bench, organization, first, last), wanted, "{first} to {last}");
        }
        for gap in [1_399, 1_200, 1_199, 1_000] {
            write(bench, organization, move |write| write.delete_phone_line(PRODUCT, account(gap)));
            assert_eq!(free(bench, organization, 1_000, 9_999), Some(gap));
        }
        let taken = write(bench, organization, |write| {
            Ok([
                write.insert_phone_line("another", &line(1_001))?,
                write.insert_phone_line("another", &line(1_000))?,
            ])
        });
        assert_eq!(taken, [false, true], "unique in the organization, whatever the product");
    });
}
