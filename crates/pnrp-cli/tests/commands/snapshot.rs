//! What commands print, held against what was looked through and kept.

use std::{
    path::{Path, PathBuf},
    process::Output,
};

/// What is another in every run has a name instead. The order counts: long before short.
const FILTERS: &[(&str, &str)] = &[
    (
        r"(/private)?(/tmp|/var/folders)/[^ \n\x22]*/pnrpd\.sock",
        "SOCKET",
    ),
    (r"(/private)?(/tmp|/var/folders)/[^ \n\x22:;]*", "PATH"),
    (r"[A-Za-z0-9+/]{100,}=*", "PUBLIC-KEY"),
    (r"[0-9a-f]{64}", "PNRP-ID"),
    (r"[0-9a-f]{40}", "AUTHORITY"),
    (r"\b[0-9a-f]{32}\b", "NUMBER"),
    (r"\b[0-9a-f]{16}\b", "ID"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (r"(LinkLocal_ff00::%)\d+(/8)?", "CLOUD"),
    (r"(::1(%\w+)?\]):\d{4,5}", "$1:PORT"),
    (r"(least|mean) \d+(\.\d+)?", "$1 N"),
    (r"\d+(\.\d+)? ms", "N ms"),
    (
        r#"("(elapsed|rtt|time|min|mean|max)_ms":)\d+(\.\d+)?"#,
        "${1}N",
    ),
    (r#"("(scope_id|owner|age_s|port)":)(0\.)?\d{1,9}"#, "${1}N"),
    (r"\d+ bits", "N bits"),
    (r#""bits":\d+"#, "\"bits\":N"),
    (r"\b(Id|Port) +\d+", "$1  N"),
    (r"link-local +\d+ +(\w+) +\d+", "link-local  N  $1  N"),
    (r"\blo0?\b", "LOOPBACK"),
    // The width of a table is that of its widest cell.
    (r"---+", "---"),
    (r"  +", "  "),
];

/// Compares a run with the snapshot of that name.
pub(crate) fn check(name: &str, output: &Output) {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    let status = output.status.code();
    let text = format!("exit status {status:?}\n[stdout]\n{stdout}[stderr]\n{stderr}");
    let repository = repository();
    assert!(
        !text.contains(repository.to_str().unwrap()),
        "what depends on where the repository lies is no snapshot: {text}"
    );
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, stands_for) in FILTERS.iter().copied() {
        settings.add_filter(pattern, stands_for);
    }
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Where the repository lies.
pub(crate) fn repository() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}
