//! The people of the directory: user number `n` is always the same person, so that every answer can be judged.

use std::io::Write as _;

/// Every so many people one has the rare title.
const RARE_EVERY: u64 = 1000;
/// The word that only the rare title holds; no index helps to find it.
pub const RARE_WORD: &str = "Archivist";

const GIVEN: [&str; 8] = ["Amara", "Björn", "Chiara", "Dmitri", "Elif", "Farouk", "Grace", "Hiroshi"];
const FAMILY: [&str; 7] = ["Okafor", "Lindström", "Rossi", "Volkov", "Yılmaz", "Haddad", "Nakamura"];
const TITLES: [&str; 5] =
    ["Account Executive", "Software Engineer II", "Payroll Specialist", "Regional Manager", "Nurse"];
const DEPARTMENTS: [&str; 6] = ["Sales EMEA", "Platform", "People & Culture", "Finance", "Care", "Legal"];

/// The `userName` of person `n`.
pub fn user_name(n: u64) -> String {
    format!("user{n:07}@bench.example")
}

/// How many of the first `users` people have the rare title.
pub fn rare_among(users: u64) -> u64 {
    users.saturating_add(RARE_EVERY - 8) / RARE_EVERY
}

/// Appends person `n` as an identity provider of the size of Okta or Entra pushes it: about 1.2 kB with the enterprise extension.
pub fn write_user(n: u64, out: &mut Vec<u8>) {
    let (given, family) = (pick(&GIVEN, n), pick(&FAMILY, n));
    let title = if n % RARE_EVERY == 7 { RARE_WORD } else { pick(&TITLES, n) };
    let department = pick(&DEPARTMENTS, n);
    let street = n % 397 + 1;
    // Writing to a vector cannot fail.
    let _written = write!(
        out,
        concat!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","#,
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"#,
            r#""externalId":"00u{n:07}bq7RxTn4x7","userName":"user{n:07}@bench.example","active":true,"#,
            r#""displayName":"{given} {family}","nickName":"{given}","title":"{title}","userType":"Employee","#,
            r#""preferredLanguage":"en-GB","locale":"en-GB","timezone":"Europe/Berlin","#,
            r#""profileUrl":"https://people.bench.example/profiles/user{n:07}","#,
            r#""name":{{"formatted":"{given} {family}","familyName":"{family}","givenName":"{given}"}},"#,
            r#""emails":[{{"type":"work","value":"user{n:07}@bench.example","primary":true}},"#,
            r#"{{"type":"home","value":"private{n:07}@mail.example"}}],"#,
            r#""phoneNumbers":[{{"type":"work","value":"+49 30 55{n:07}","primary":true}},"#,
            r#"{{"type":"mobile","value":"+49 151 55{n:07}"}}],"#,
            r#""addresses":[{{"type":"work","formatted":"{street} Harbour Street\n20457 Hamburg","#,
            r#""streetAddress":"{street} Harbour Street","locality":"Hamburg","region":"HH","#,
            r#""postalCode":"20457","country":"DE","primary":true}}],"#,
            r#""urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{{"employeeNumber":"{n:07}","#,
            r#""costCenter":"CC-{street:04}","organization":"Bench Industries","division":"Northern Europe","#,
            r#""department":"{department}"}}}}"#,
        ),
        n = n,
        given = given,
        family = family,
        title = title,
        department = department,
        street = street,
    );
}

fn pick<'a>(of: &[&'a str], n: u64) -> &'a str {
    usize::try_from(n).ok().and_then(|n| of.get(n % of.len().max(1))).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u64) -> serde_json::Value {
        let mut out = Vec::new();
        write_user(n, &mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn a_person_is_json_of_about_the_right_size() {
        let mut out = Vec::new();
        write_user(1234, &mut out);
        assert!((1150..1450).contains(&out.len()), "{}", out.len());
        let user = user(1234);
        assert_eq!(user["userName"], user_name(1234));
        assert_eq!(user["active"], true);
    }

    #[test]
    fn the_rare_title_is_counted_as_it_occurs() {
        let mut seen = 0;
        for n in 0..3100 {
            assert_eq!(rare_among(n), seen, "among {n}");
            seen += u64::from(user(n)["title"].as_str().unwrap().contains(RARE_WORD));
        }
    }
}
