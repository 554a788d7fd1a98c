use proptest::prelude::*;

use super::*;

const TARGET: &str = "urn:Microsoft Windows Peer Name Resolution Protocol: V4:IPV6:LinkLocal";

/// R-3.1.4.2.2-02: the target names the scope; the search is 146 bytes of known text.
#[test]
fn a_search_is_the_text_that_windows_sends() {
    assert_eq!(search_target(Scope::LinkLocal), TARGET);
    for (scope, end) in [
        (Scope::Global, ": V4:IPV6:Global"),
        (Scope::SiteLocal, ": V4:IPV6:SiteLocal"),
    ] {
        let target = search_target(scope);
        assert_eq!(
            target.strip_suffix(end),
            TARGET.strip_suffix(": V4:IPV6:LinkLocal")
        );
    }
    let text = format!(
        "M-SEARCH * HTTP/1.1\r\nHost:[FF02::C]:1900\r\nST:{TARGET}\r\nMan:\"ssdp:discover\"\r\nMX:3\r\n\r\n"
    );
    assert_eq!(search(TARGET), text.as_bytes());
    assert_eq!(text.len(), 146);
}

/// R-3.2.4.1-11: the place is in the form of RFC 2732.
#[test]
fn an_answer_carries_the_place_in_brackets() {
    let text = String::from_utf8(answer(TARGET, node())).unwrap();

    let lines: Vec<_> = text.split("\r\n").collect();
    assert_eq!(lines[0], "HTTP/1.1 200 OK");
    for line in [
        "AL:[fe80::2]:3540",
        "USN:[fe80::2]:3540",
        &format!("ST:{TARGET}"),
    ] {
        assert!(lines.contains(&line), "{line}");
    }
    assert_eq!(lines[lines.len() - 2..], ["", ""]);
}

#[test]
fn an_answer_is_read_as_it_was_meant() {
    let response = Response::parse(&answer(TARGET, node())).unwrap();

    assert_eq!(response.target, TARGET);
    assert_eq!(response.endpoint(), Ok(node()));
}

/// The answer of a Windows node, whose other headers belong to the service that sends it.
#[test]
fn an_answer_of_windows_is_understood() {
    let text = format!(
        "HTTP/1.1 200 OK\r\nST:{TARGET}\r\nUSN:[fe80::2]:3540\r\nLocation:192.168.1.1\r\n\
         AL:[fe80::2]:3540\r\nOPT:\"http://schemas.upnp.org/upnp/1/0/\"; ns=01\r\n\
         01-NLS:8a5a3bf1a3f1f9a5be4a0e21a5a13cf6\r\nCache-Control:max-age=14400\r\n\
         Server:Microsoft-Windows-NT/5.1 UPnP/1.0 UPnP-Device-Host/1.0\r\nExt:\r\n\r\n"
    );

    let response = Response::parse(text.as_bytes()).unwrap();

    assert_eq!(response.target, TARGET);
    assert_eq!(response.endpoint(), Ok(node()));
}

#[test]
fn headers_may_have_any_case_order_and_spacing() {
    let text = format!("HTTP/1.1 200 OK\r\nal: [fe80::2%7]:3540 \r\nExt:\r\nSt:  {TARGET}\r\n\r\n");

    let response = Response::parse(text.as_bytes()).unwrap();

    assert_eq!(
        (response.target.as_str(), response.endpoint()),
        (TARGET, Ok(node()))
    );
}

#[test]
fn the_place_is_that_of_usn_only_where_there_is_no_al() {
    let with = |headers: &str| {
        let text = format!("HTTP/1.1 200 OK\r\nST:{TARGET}\r\n{headers}\r\n");
        Response::parse(text.as_bytes()).unwrap().endpoint()
    };

    assert_eq!(with("USN:[fe80::2]:3540\r\n"), Ok(node()));
    assert_eq!(
        with("USN:[fe80::2]:3540\r\nAL:here\r\n"),
        Err(SsdpError::BadLocation)
    );
    assert_eq!(with(""), Err(SsdpError::Missing("AL")));
}

#[test]
fn what_is_no_found_node_is_refused() {
    let cases = [
        ("", SsdpError::NotHttp),
        ("hello\r\n\r\n", SsdpError::NotHttp),
        ("HTTP/1.1 200 OK\r\nST:x\r\n", SsdpError::NotHttp),
        (
            "HTTP/1.1 404 Not Found\r\nST:x\r\n\r\n",
            SsdpError::OtherMessage,
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", SsdpError::Missing("ST")),
    ];

    for (text, error) in cases {
        assert_eq!(Response::parse(text.as_bytes()), Err(error), "{text:?}");
    }
}

/// R-3.1.5.1-02
#[test]
fn a_place_is_an_ipv6_address_in_brackets_and_a_port() {
    assert_eq!(parse_location("[fe80::2]:3540"), Ok(node()));
    assert_eq!(parse_location("[fe80::2%eth0]:3540"), Ok(node()));
    for text in [
        "fe80::2:3540",
        "[fe80::2]3540",
        "[fe80::2]",
        "[fe80::2]:",
        "[fe80::2]:+3540",
        "[fe80::2]:65536",
        "[fe80::2%]:3540",
        "[192.0.2.1]:3540",
        "192.0.2.1:3540",
        "[fe80::2]:3540/",
        "http://[fe80::2]:3540",
        "",
    ] {
        assert_eq!(parse_location(text), Err(SsdpError::BadLocation), "{text}");
    }
}

#[test]
fn a_search_is_answered_by_the_nodes_that_it_is_for() {
    let request = |target: &str| Request::parse(&search(target)).unwrap();

    assert!(request(TARGET).is_search_for(TARGET));
    assert!(request("ssdp:all").is_search_for(TARGET));
    assert!(!request(search_target(Scope::Global)).is_search_for(TARGET));
    assert!(!request("upnp:rootdevice").is_search_for(TARGET));
}

#[test]
fn a_notification_says_who_comes_and_who_goes() {
    let notify = |headers: &str| {
        let text =
            format!("NOTIFY * HTTP/1.1\r\nHost:[FF02::C]:1900\r\nNT:{TARGET}\r\n{headers}\r\n");
        Request::parse(text.as_bytes())
    };
    let said = |presence, endpoint| {
        let target = TARGET.to_owned();
        Ok(Request::Notify {
            target,
            presence,
            endpoint,
        })
    };

    let alive = notify("NTS:ssdp:alive\r\nAL:[fe80::2]:3540\r\n");
    assert_eq!(alive, said(Presence::Alive, Some(node())));
    assert_eq!(notify("NTS:ssdp:byebye\r\n"), said(Presence::Leaving, None));
    assert_eq!(notify("NTS:ssdp:alive\r\n"), Err(SsdpError::Missing("AL")));
    assert_eq!(
        notify("NTS:ssdp:alive\r\nAL:?\r\n"),
        Err(SsdpError::BadLocation)
    );
    assert_eq!(notify("NTS:ssdp:update\r\n"), Err(SsdpError::OtherMessage));
    assert_eq!(notify(""), Err(SsdpError::Missing("NTS")));
}

#[test]
fn other_requests_are_refused() {
    for text in [
        "GET / HTTP/1.1\r\n\r\n",
        "M-SEARCH * HTTP/1.1\r\nMan:\"other\"\r\nST:x\r\n\r\n",
    ] {
        assert_eq!(
            Request::parse(text.as_bytes()),
            Err(SsdpError::OtherMessage),
            "{text:?}"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Response::parse(&bytes).map(|response| response.endpoint());
        let _ = Request::parse(&bytes);
    }

    /// So are messages that are damaged in one place.
    #[test]
    fn damaged_messages_are_read_or_refused(at in 0..300_usize, with in any::<u8>()) {
        for mut bytes in [search(TARGET), answer(TARGET, node())] {
            let at = at % bytes.len();
            bytes[at] = with;
            let _ = Response::parse(&bytes).map(|response| response.endpoint());
            let _ = Request::parse(&bytes);
        }
    }

    #[test]
    fn any_place_is_read_as_it_was_written(address in any::<u128>(), port in any::<u16>()) {
        let endpoint = Endpoint { address: address.into(), port };
        prop_assert_eq!(parse_location(&location(endpoint)), Ok(endpoint));
    }
}

fn node() -> Endpoint {
    Endpoint {
        address: "fe80::2".parse().unwrap(),
        port: 3540,
    }
}
