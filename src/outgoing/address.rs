//! Which addresses may be called: those of the public internet, and what the operator allows beside them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Something that may be called although its address is not public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// A host by its name, whatever addresses it has.
    Host(String),
    /// Addresses whose first bits are these.
    Network(Network),
}

/// Addresses with a common beginning (CIDR, RFC 4632 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// The text is neither a host nor a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a host name, an IP address or a network such as 10.0.0.0/8, its last bits zero")]
pub struct InvalidAllowed;

impl FromStr for Allowed {
    type Err = InvalidAllowed;

    fn from_str(text: &str) -> Result<Self, InvalidAllowed> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        match (address.parse::<IpAddr>(), bits) {
            (Ok(address), None) => Ok(Self::Network(Network { address, bits: width(address) })),
            (Ok(address), Some(bits)) => {
                let bits = bits.parse().map_err(|_malformed| InvalidAllowed)?;
                Network::new(address, bits).map(Self::Network).ok_or(InvalidAllowed)
            }
            (Err(_name), None) => host(text).map(Self::Host),
            (Err(_name), Some(_)) => Err(InvalidAllowed),
        }
    }
}

/// A name as URLs have it: without port, in lower case, in ASCII.
fn host(text: &str) -> Result<String, InvalidAllowed> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    match url::Host::parse(text) {
        Ok(url::Host::Domain(name)) if name.bytes().all(plain) => Ok(name),
        Ok(_) | Err(_) => Err(InvalidAllowed),
    }
}

const fn width(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

impl Network {
    /// None where there are more bits than the address has, or bits set behind them.
    #[must_use]
    pub fn new(address: IpAddr, bits: u8) -> Option<Self> {
        let network = Self { address, bits };
        (bits <= width(address) && network.beginning(address) == number(address)).then_some(network)
    }

    /// Whether the address begins as this network does.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        width(address) == width(self.address) && self.beginning(address) == number(self.address)
    }

    fn beginning(&self, address: IpAddr) -> u128 {
        let free = u32::from(width(address).saturating_sub(self.bits));
        number(address).checked_shr(free).and_then(|kept| kept.checked_shl(free)).unwrap_or(0)
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

/// Whether the address is one of the public internet: none of those with a special use (RFC 6890 and the registries
/// that it set up), which lead to this machine, to its network or nowhere.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = matches!(
        address.octets(),
        // This network, private, loopback; multicast, reserved and broadcast.
        [0 | 10 | 127 | 224.., ..]
            // Shared by carriers (RFC 6598), link-local, private.
            | [100, 64..=127, ..]
            | [169, 254, ..]
            | [172, 16..=31, ..]
            | [192, 168, ..]
            // Protocol assignments, documentation, benchmarks (RFC 2544).
            | [192, 0, 0 | 2, _]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            | [198, 18..=19, ..]
            // AS112 (RFC 7534, RFC 7535), AMT (RFC 7450), 6to4 relays (RFC 7526).
            | [192, 175, 48, _]
            | [192, 31, 196, _]
            | [192, 52, 193, _]
            | [192, 88, 99, _]
    );
    !special
}

/// Global unicast is `2000::/3`; of it, some parts have a special use. An address that stands for an IPv4 address is as
/// good as that one.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // IPv4-mapped (RFC 4291 section 2.5.5.2) and the well-known prefix of NAT64 (RFC 6052).
        [0, 0, 0, 0, 0, 0xFFFF, high, low] | [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => {
            is_public_v4(embedded(high, low))
        }
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Protocol assignments with Teredo and ORCHID (RFC 2928), documentation (RFC 3849, RFC 9637), AS112.
        [0x2001, 0..=0x1FF | 0xDB8, ..] | [0x3FFF, 0..=0xFFF, ..] | [0x2620, 0x4F, 0x8000, ..] => false,
        [first, ..] => (0x2000..=0x3FFF).contains(&first),
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}
