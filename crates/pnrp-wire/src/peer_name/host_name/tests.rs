use std::cell::Cell;

use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, TestCaseError, TestRunner},
};

use super::*;

const KEY: &str = "4562b4628ac54782dda52789038476237e7c7263";
const OTHER_KEY: &str = "428fed1c3a15ecad4b66ec96935dea8547d32fac";

/// The examples of published texts that print a host name, and the name it stands for.
///
/// By source: a, pages on Windows Internet Computer Names; b, a weblog of 2006; c, the readme of
/// the samples in the Windows SDK; d, a program's comment; e, the article of an independent
/// implementer of 2011. Only c prints both forms, the names of the others are our reading.
#[test]
fn published_host_names_are_read() {
    for (source, host, name) in [
        ("a1", "johndoe.pnrp.net", "0.johndoe"),
        ("a2", &format!("p.p{KEY}.pnrp.net"), &format!("{KEY}.")),
        ("b1", "JohnDoe.pnrp.net", "0.johndoe"),
        (
            "b2",
            &format!("johndoe-p.p{KEY}.pnrp.net"),
            &format!("{KEY}.johndoe"),
        ),
        ("c", "pnrpsampletest.pnrp.net", "0.pnrpsampletest"),
        ("d", "ss.pnrp.net", "0.ss"),
        ("e1", "test.p0.pnrp.net", "0.test"),
        ("e2", "test.pnrp.net", "0.test"),
    ] {
        let reading = PeerName::from_host_name(host).unwrap();

        assert_eq!(
            (reading.likely.to_string().as_str(), reading.other),
            (name, None),
            "{source}"
        );
    }
}

/// Sources as above.
#[test]
fn published_host_names_are_written() {
    for (source, name, host) in [
        ("a1", "0.johndoe", "johndoe.pnrp.net"),
        ("a2", &format!("{KEY}."), &format!("p.p{KEY}.pnrp.net")),
        (
            "b2",
            &format!("{KEY}.johndoe"),
            &format!("johndoe-p.p{KEY}.pnrp.net"),
        ),
        ("c", "0.pnrpsampletest", "pnrpsampletest.pnrp.net"),
        ("d", "0.ss", "ss.pnrp.net"),
        ("e2", "0.test", "test.pnrp.net"),
    ] {
        assert_eq!(host_name(name), host, "{source}");
    }
}

/// Source e: its author calls the classifier "test".
#[test]
fn a_mark_that_need_not_be_one_gives_two_readings() {
    let host = format!("ptest-p.p{OTHER_KEY}.pnrp.net");

    let reading = PeerName::from_host_name(&host).unwrap();

    assert_eq!(reading.likely, name(&format!("{OTHER_KEY}.test")));
    assert_eq!(reading.other, Some(name(&format!("{OTHER_KEY}.ptest"))));
}

#[test]
fn a_typing_error_in_the_domain_is_another_domain() {
    let error = PeerName::from_host_name("name.prnp.net").unwrap_err();

    assert_eq!(
        error,
        HostNameError::OtherDomain("name.prnp.net".to_owned())
    );
}

#[test]
fn the_rules_can_be_seen_one_by_one() {
    let a = "a".repeat(40);
    let hosts = [
        ("0.", "p.p0".to_owned()),
        ("0.p", "p".to_owned()),
        ("0.p0", "p0".to_owned()),
        ("0.1st", "p1st-p".to_owned()),
        ("0.a-b", "a-b-p".to_owned()),
        ("0.p-b", "pp-b-p".to_owned()),
        ("0.-", "p--p".to_owned()),
        ("0.bücher", "bcher-kva".to_owned()),
        ("0.John", "ohn-6z157a".to_owned()),
        ("0.John Doe", "ohnoe-jo075chhapb".to_owned()),
        ("0.a.b", "ab-li24y".to_owned()),
        ("0.RAContact", "ontact-28974dqa7k".to_owned()),
        (&format!("{a}.é"), format!("p-9ca.{a}")),
        (&format!("{KEY}.p"), format!("pp-p.p{KEY}")),
        (&format!("{KEY}.test"), format!("test-p.p{KEY}")),
    ];
    for (text, host) in hosts {
        assert_eq!(host_name(text), format!("{host}.pnrp.net"), "{text}");
    }
}

#[test]
fn a_long_text_is_cut_where_no_hyphen_is() {
    let [a, b] = ["a".repeat(63), "b".repeat(20)];

    assert_eq!(host_name(&format!("0.{a}")), format!("{a}.pnrp.net"));
    assert_eq!(
        host_name(&format!("0.{a}{b}")),
        format!("{a}.{b}-p.pnrp.net")
    );
    assert_eq!(
        host_name(&format!("0.{}--{b}", &a[1..])),
        format!("{}.a--{b}-p.pnrp.net", &a[2..])
    );
}

#[test]
fn a_last_label_that_looks_like_an_authority_has_one_behind_it() {
    let text = format!("0.{}", "名".repeat(99));

    let host = host_name(&text);

    let a = "a".repeat(58);
    assert_eq!(host, format!("p-eqr{a}.{}.p0.pnrp.net", &a[..40]));
    assert_eq!(PeerName::from_host_name(&host).unwrap().likely, name(&text));
}

#[test]
fn an_authority_is_read_with_or_without_its_mark() {
    let letters = format!("a{}", "0".repeat(39));
    for (host, expected) in [
        (format!("web-p.{KEY}"), format!("{KEY}.web")),
        (format!("web-p.p{KEY}"), format!("{KEY}.web")),
        (format!("web-p.{letters}"), format!("{letters}.web")),
        (format!("web-p.p{letters}"), format!("{letters}.web")),
        (format!("web.p{KEY}"), format!("{KEY}.web")),
        (format!("web.P{}", KEY.to_uppercase()), format!("{KEY}.web")),
        (format!("p{KEY}"), format!("0.p{KEY}")),
    ] {
        for dot in ["", "."] {
            let reading = PeerName::from_host_name(&format!("{host}.PNRP.net{dot}")).unwrap();
            assert_eq!(reading.likely, name(&expected), "{host}");
        }
    }
}

#[test]
fn what_is_no_host_name_of_a_peer_is_refused() {
    use HostNameError as E;
    let label = |text: &str| E::Label(text.to_owned());
    let code = |text: &str| E::Code(text.to_owned());
    let long = "a".repeat(64);
    for (host, error) in [
        ("", E::OtherDomain(String::new())),
        ("pnrp.net", E::OtherDomain("pnrp.net".to_owned())),
        ("webpnrp.net", E::OtherDomain("webpnrp.net".to_owned())),
        ("web.pnrp.net..", E::OtherDomain("web.pnrp.net.".to_owned())),
        (".pnrp.net", label("")),
        ("a..b.pnrp.net", label("")),
        ("-a.pnrp.net", label("-a")),
        ("a-.pnrp.net", label("a-")),
        ("a b.pnrp.net", label("a b")),
        ("é.pnrp.net", label("é")),
        (&format!("{long}.pnrp.net"), label(&long)),
        (&format!("{}pnrp.net", "a.".repeat(123)), E::TooLong(254)),
        // The digits end inside an integer.
        ("a-z.pnrp.net", code("a-z")),
        // The integer is larger than any can be.
        ("a-99999999999.pnrp.net", code("a-99999999999")),
        // Upper and lower half of U+1F600, each with a code of its own: the pair has another.
        ("p-8c9bk9h.pnrp.net", code("-8c9bk9h")),
        // Basic code points, and what lies behind the last.
        ("p-5p32g.pnrp.net", code("-5p32g")),
        ("p-1q32g.pnrp.net", code("-1q32g")),
        ("p-en32g.pnrp.net", E::Name(PeerNameError::ClassifierNul(0))),
        (
            &format!("{0}.{0}.{0}.pnrp.net", "a".repeat(60)),
            E::Name(PeerNameError::ClassifierLength(180)),
        ),
    ] {
        assert_eq!(PeerName::from_host_name(host), Err(error), "{host}");
    }
}

#[test]
fn a_name_without_host_name_says_why() {
    let han = |i| char::from_u32(0x4E00 + i * 7_919 % 20_000);
    let long = format!("0.{}", (0..149_u32).filter_map(han).collect::<String>());
    let close = format!("0.{}", "a-".repeat(40));
    let run = format!("0.{}", "-".repeat(149));

    let error = |text: &str| name(text).to_host_name().unwrap_err();

    assert!(matches!(error(&long), HostNameError::TooLong(254..)));
    assert_eq!(error(&close), HostNameError::Hyphens);
    assert_eq!(error(&run), HostNameError::Hyphens);
}

/// Codes from RFC 3492, section 7.1, and from the codec of Python 3.
#[test]
fn other_implementations_make_the_same_codes() {
    for (text, code) in [
        ("ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"),
        ("他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"),
        ("パフィーdeルンバ", "de-jg4avhby1noc0d"),
        ("3年b組金八先生", "3b-ww4c5e180e575a65lsy2b"),
        ("hello-世界-😀", "hello---cz3ki820al737b"),
        ("johndoe", "johndoe-"),
    ] {
        let ours = punycode::encode(&units(text));

        assert_eq!(ours.strip_prefix('-').unwrap_or(&ours), code);
        assert_eq!(punycode::decode(&ours).unwrap().units(), units(text));
    }
}

proptest! {
    /// Where both have the same basic characters, the code is that of another implementation.
    #[test]
    fn codes_are_those_of_rfc_3492(text in "([a-z0-9-]|[\u{80}-\u{10FFFF}]){1,40}") {
        let ours = punycode::encode(&units(&text));
        let theirs = idna::punycode::encode_str(&text).unwrap();

        prop_assert_eq!(ours.strip_prefix('-').filter(|it| !it.contains('-')).unwrap_or(&ours), &theirs);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = PeerName::from_host_name(&text);
        let _ = PeerName::from_host_name(&format!("{text}.pnrp.net"));
    }

    /// Different host names may stand for one name, and it has one of its own.
    #[test]
    fn what_is_read_is_written_so_that_it_is_read_again(front in "[a-p0-2]([a-p0-2-]{0,9}[a-p0-2])?(\\.(p0|[a-p]{1,5}))?") {
        if let Ok(reading) = PeerName::from_host_name(&format!("{front}.pnrp.net")) {
            for name in [Some(reading.likely), reading.other].into_iter().flatten() {
                let host = name.to_host_name().unwrap();
                let again = PeerName::from_host_name(&host).unwrap();
                prop_assert_eq!(again, HostNameReading { likely: name, other: None });
            }
        }
    }
}

#[test]
fn names_keep_their_text_as_host_names() {
    let converted = Cell::new(0);
    let mut runner = TestRunner::new(Config::with_cases(20_000));
    let result = runner.run(&any_name(), |name| {
        if let Some(host) = written(&name)? {
            converted.set(converted.get() + 1);
            survives(&name, &host)?;
        }
        Ok(())
    });

    result.unwrap();
    assert!(
        converted.get() > 12_000,
        "{} of 20,000 have host names",
        converted.get()
    );
}

/// Nothing only if the name cannot have a host name.
fn written(name: &PeerName) -> Result<Option<String>, TestCaseError> {
    let units = name.classifier().units();
    match name.to_host_name() {
        Ok(host) => Ok(Some(host)),
        Err(HostNameError::TooLong(length)) => {
            prop_assert!(length > 253 && units.len() > 30);
            Ok(None)
        }
        Err(HostNameError::Hyphens) => {
            prop_assert!(units.iter().filter(|it| **it == u16::from(b'-')).count() > 20);
            Ok(None)
        }
        Err(error) => Err(TestCaseError::fail(error.to_string())),
    }
}

fn survives(name: &PeerName, host: &str) -> Result<(), TestCaseError> {
    prop_assert!(host.len() <= 253);
    prop_assert!(host.split('.').all(is_label), "{}", host);
    prop_assert!(
        !host.contains(|it: char| it.is_ascii_uppercase()),
        "{}",
        host
    );
    let expected = HostNameReading {
        likely: name.clone(),
        other: None,
    };
    for host in [host.to_owned(), host.to_uppercase(), format!("{host}.")] {
        let reading = PeerName::from_host_name(&host);
        prop_assert_eq!(reading.as_ref(), Ok(&expected), "{}", host);
    }
    Ok(())
}

/// Short and long names, of the characters that the rules speak of and of all others.
fn any_name() -> impl Strategy<Value = PeerName> {
    let letter = select(units("abcdefghijklmnopqrstuvwxyz0123456789")).prop_map(|it| vec![it]);
    let ruled = select(vec!["p", "-", "--", ".", " ", "p0", "P", "Z", "0", "xn--"]).prop_map(units);
    let unit = any::<u16>()
        .prop_filter("NUL", |it| *it != 0)
        .prop_map(|it| vec![it]);
    let half = (0xD800..=0xDFFF_u16).prop_map(|it| vec![it]);
    let character = any::<char>()
        .prop_filter("NUL", |it| *it != '\0')
        .prop_map(|it| units(it.to_string()));
    let digits = "[0-9a-f]{38,42}".prop_map(|it| units(&it));
    let piece = prop_oneof![
        20 => letter.clone(), 6 => ruled.clone(), 1 => unit, 1 => half.clone(), 1 => character, 1 => digits.clone()
    ];
    let simple = prop_oneof![20 => letter, 3 => ruled, 1 => digits];
    let classifier = prop_oneof![
        vec(piece.clone(), 0..8),
        vec(piece, 0..60),
        vec(simple, 40..149),
        vec(half, 0..20),
    ];
    let authority = prop_oneof![
        Just(Authority::Unsecured),
        any::<[u8; 20]>().prop_map(Authority::Secure),
    ];
    (authority, classifier).prop_map(|(authority, pieces)| {
        let mut units = pieces.concat();
        units.truncate(149);
        PeerName::new(authority, Classifier::from_utf16(units).unwrap())
    })
}

fn host_name(text: &str) -> String {
    name(text).to_host_name().unwrap()
}

fn name(text: &str) -> PeerName {
    text.parse().unwrap()
}

fn units(text: impl AsRef<str>) -> Vec<u16> {
    text.as_ref().encode_utf16().collect()
}
