//! The format of a vector: comments, then bytes with an annotation behind each line.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// One file.
#[derive(Debug)]
pub(crate) struct Vector {
    /// Directory and file, such as `lookup/full`.
    pub(crate) name: String,
    /// What comments of the form `# key: value` say.
    headers: BTreeMap<String, String>,
    pub(crate) bytes: Vec<u8>,
}

impl Vector {
    pub(crate) fn header(&self, key: &str) -> Option<&str> {
        self.headers.get(key).map(String::as_str)
    }

    pub(crate) fn directory(&self) -> &str {
        self.name.split('/').next().unwrap()
    }

    pub(crate) fn is_reject(&self) -> bool {
        self.directory() == "reject"
    }

    fn parse(name: String, text: &str) -> Self {
        let mut vector = Self {
            name,
            headers: BTreeMap::new(),
            bytes: Vec::new(),
        };
        for (index, line) in text.lines().enumerate() {
            let read = vector.read(line);
            assert!(read.is_some(), "{}.hex:{}: {line}", vector.name, index + 1);
        }
        assert!(
            !vector.bytes.is_empty(),
            "{}.hex holds no bytes",
            vector.name
        );
        vector
    }

    /// Reads a line, or says that it is neither empty, a comment, nor annotated bytes.
    fn read(&mut self, line: &str) -> Option<()> {
        if line.is_empty() {
            return Some(());
        }
        let (digits, comment) = line.split_once('#')?;
        if !digits.is_empty() {
            self.bytes.extend(parse_hex(digits)?);
        } else if let Some((key, value)) = comment.trim().split_once(": ") {
            self.headers.insert(key.to_owned(), value.to_owned());
        }
        Some(())
    }
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    let pairs = digits.chunks(2).map(|pair| match *pair {
        [high, low] => u8::try_from(high.to_digit(16)? << 4 | low.to_digit(16)?).ok(),
        _ => None,
    });
    pairs.collect()
}

/// Every vector, in the order of their names.
pub(crate) fn vectors() -> Vec<Vector> {
    let mut vectors = Vec::new();
    for directory in entries(&root()).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&directory) {
            assert!(
                file.extension().is_some_and(|end| end == "hex"),
                "{} is no vector",
                file.display()
            );
            vectors.push(load(&file));
        }
    }
    vectors
}

/// The vector with this name.
pub(crate) fn find(name: &str) -> Vector {
    load(&root().join(format!("{name}.hex")))
}

fn load(path: &Path) -> Vector {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.with_extension("");
    let name = name
        .strip_prefix(root())
        .unwrap()
        .to_string_lossy()
        .replace('\\', "/");
    Vector::parse(name, &text)
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

#[test]
fn a_line_is_bytes_with_an_annotation_or_a_comment() {
    let parse = |line: &str| {
        let mut vector = Vector::parse("a/b".to_owned(), "00  # filler");
        vector
            .read(line)
            .map(|()| (vector.bytes.split_off(1), vector.headers.len()))
    };

    assert_eq!(parse("0a 0B0c  # FieldID"), Some((vec![10, 11, 12], 0)));
    assert_eq!(parse("# rejects: ACK"), Some((vec![], 1)));
    assert_eq!(parse("# words"), Some((vec![], 0)));
    assert_eq!(parse(""), Some((vec![], 0)));
    assert_eq!(parse("0a"), None);
    assert_eq!(parse("0  # half a byte"), None);
    assert_eq!(parse("0g  # no digit"), None);
}
