//! Installing the programs that some tests use.

use anyhow::{Context, Result, bail};

use crate::run::{is_installed, output, program, run};

struct Tool {
    name: &'static str,
    package: &'static str,
    /// What cannot be tested without it.
    purpose: &'static str,
    linux_only: bool,
}

const TOOLS: [Tool; 4] = [
    Tool {
        name: "tshark",
        package: "tshark",
        purpose: "dissection of our datagrams by Wireshark",
        linux_only: false,
    },
    Tool {
        name: "ip",
        package: "iproute2",
        purpose: "nodes in network namespaces",
        linux_only: true,
    },
    Tool {
        name: "nft",
        package: "nftables",
        purpose: "partitions and packet loss between network namespaces",
        linux_only: true,
    },
    Tool {
        name: "openssl",
        package: "openssl",
        purpose: "signatures checked by another library",
        linux_only: false,
    },
];

/// Installs what is missing where that is allowed; one line for each thing that stays missing.
pub(crate) fn install(forbid_skip: bool) -> Result<Vec<String>> {
    let missing = || TOOLS.iter().filter(|tool| !is_installed(tool.name));
    if missing().next().is_some() && is_debian() && is_root() {
        install_packages(&missing().map(|tool| tool.package).collect::<Vec<_>>())?;
    }
    let skipped: Vec<_> = missing().map(explain).collect();
    if forbid_skip && !skipped.is_empty() {
        bail!("tools are missing:\n{}", skipped.join("\n"));
    }
    Ok(skipped)
}

fn explain(tool: &Tool) -> String {
    let Tool { name, purpose, .. } = tool;
    if tool.linux_only && !cfg!(target_os = "linux") {
        return format!("skipped: {purpose}: needs Linux");
    }
    format!("skipped: {purpose}: {name} is not installed, and only root on Debian can install it")
}

fn install_packages(packages: &[&str]) -> Result<()> {
    println!("installing {}", packages.join(" "));
    run(program("apt-get", &["update", "-qq"])?)?;
    if packages.contains(&"tshark") {
        refuse_setuid_capture()?;
    }
    let options = ["install", "-y", "-qq", "--no-install-recommends"];
    let mut install = program("apt-get", &options)?;
    install
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive");
    run(install)
}

/// Answers the question that tshark's package would otherwise ask.
fn refuse_setuid_capture() -> Result<()> {
    let answer = "wireshark-common wireshark-common/install-setuid boolean false";
    let pipe = format!("echo '{answer}' | debconf-set-selections");
    run(program("sh", &["-c", &pipe])?).context("cannot preset tshark's installation")
}

pub(crate) fn is_debian() -> bool {
    is_installed("apt-get") && std::path::Path::new("/etc/debian_version").exists()
}

pub(crate) fn is_root() -> bool {
    let id = program("id", &["-u"]).and_then(output);
    id.is_ok_and(|id| id.trim() == "0")
}
