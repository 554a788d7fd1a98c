//! Linux: netlink tells of changes, procfs of the condition of addresses.

use std::{collections::BTreeMap, fs, io, net::Ipv6Addr};

use netlink_sys::{AsyncSocket as _, AsyncSocketExt as _, SocketAddr, TokioSocket, protocols};

use super::Condition;

/// Tells that interfaces or addresses have changed, not what.
pub(in super::super) struct ChangeNotices {
    socket: TokioSocket,
}

impl ChangeNotices {
    pub(in super::super) fn new() -> io::Result<Self> {
        let mut socket = TokioSocket::new(protocols::NETLINK_ROUTE)?;
        let address = SocketAddr::new(0, RTMGRP_LINK | RTMGRP_IPV6_IFADDR);
        socket.socket_mut().bind(&address)?;
        Ok(Self { socket })
    }

    /// Waits for the next change.
    ///
    /// # Errors
    /// When the kernel had more to tell than there was room for: then something has changed, too.
    #[expect(
        clippy::needless_pass_by_ref_mut,
        reason = "the notices of other systems need it"
    )]
    pub(in super::super) async fn next(&mut self) -> io::Result<()> {
        self.socket.recv_from_full().await.map(|_| ())
    }
}

/// The condition of every IPv6 address of this host, by interface index and address.
pub(in super::super) fn address_conditions() -> BTreeMap<(u32, Ipv6Addr), Condition> {
    // Without procfs every address counts as good.
    let table = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    table.lines().filter_map(parse).collect()
}

/// `fe800000000000000000000000000001 02 40 20 80 eth0`: address, index, prefix length, scope, flags
/// and name.
fn parse(line: &str) -> Option<((u32, Ipv6Addr), Condition)> {
    let mut fields = line.split_ascii_whitespace();
    let address = u128::from_str_radix(fields.next()?, 16).ok()?;
    let index = u32::from_str_radix(fields.next()?, 16).ok()?;
    let flags = u8::from_str_radix(fields.nth(2)?, 16).ok()?;
    let condition = Condition {
        is_tentative: flags & IFA_F_TENTATIVE != 0,
        is_duplicate: flags & IFA_F_DADFAILED != 0,
        is_deprecated: flags & IFA_F_DEPRECATED != 0,
        is_temporary: flags & IFA_F_TEMPORARY != 0,
    };
    Some(((index, Ipv6Addr::from_bits(address)), condition))
}

// linux/rtnetlink.h
const RTMGRP_LINK: u32 = 0x1;
const RTMGRP_IPV6_IFADDR: u32 = 0x100;
// linux/if_addr.h
const IFA_F_TEMPORARY: u8 = 0x01;
const IFA_F_DADFAILED: u8 = 0x08;
const IFA_F_DEPRECATED: u8 = 0x20;
const IFA_F_TENTATIVE: u8 = 0x40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table_tells_the_condition_of_an_address() {
        let line = "fe80000000000000000000000000000a 0b 40 20 c0     eth0";

        let ((index, address), condition) = parse(line).unwrap();

        assert_eq!((index, address), (11, "fe80::a".parse().unwrap()));
        let expected = Condition {
            is_tentative: true,
            ..Condition::default()
        };
        assert_eq!(condition, expected);
        assert_eq!(parse("fe80 zz"), None);
    }

    #[test]
    fn this_host_knows_its_loopback_address() {
        let conditions = address_conditions();
        let loopback = conditions.keys().any(|(_, address)| address.is_loopback());

        // A host without IPv6 has no address at all.
        assert!(loopback || conditions.is_empty());
    }
}
