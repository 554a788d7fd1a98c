//! The names of the example `easy_connect`.

#[path = "../examples/easy_connect/name.rs"]
mod name;

use std::process::Command;

use name::{hour, peer_name};

/// \[MS-RAIOP\] §4 prints this one.
#[test]
fn the_published_example_comes_out() {
    let name = peer_name("XVY3PH", 338_518);

    assert_eq!(name, "0.410504D41B2CD63C31D0C1539AD9331C");
}

/// Python's hashlib is another implementation.
#[test]
fn python_makes_the_same_names() {
    let script = "
import hashlib, sys
base = (sys.argv[1] + sys.argv[2]).encode('utf-16-le')
last = bytes(20)
for _ in range(100000):
    last = hashlib.sha1(base + last).digest()
print('0.' + last[:16].hex().upper())
";
    for (password, hour) in [("ABCDEF", hour()), ("péßw0r", hour() - 1), ("", 0)] {
        let python = Command::new("python3")
            .args(["-c", script, password, &hour.to_string()])
            .output()
            .unwrap();
        let theirs = String::from_utf8(python.stdout).unwrap();
        assert_eq!(
            peer_name(password, hour),
            theirs.trim(),
            "{password} {hour}"
        );
    }
}
