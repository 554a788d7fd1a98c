//! `cargo xtask deb`: the package for Debian, and whether it works where it is installed.
//!
//! What the package has beside the programs is gathered in a tree as it is installed; cargo-deb
//! takes it from there. It is then installed in a root of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    run::{
        cargo, is_installed, output, path_with_cargo_tool, program, root, run, step,
        target_directory,
    },
    setup::{is_debian, is_root},
};

/// Makes the package, and installs it where nothing else is.
pub(crate) fn deb(forbid_skip: bool) -> Result<()> {
    let package = step("package", build)?;
    println!("{}", package.display());
    if !is_debian() || !is_root() {
        ensure!(
            !forbid_skip,
            "the package can be tried only by root on Debian"
        );
        println!("skipped: installing the package: needs root on Debian");
        return Ok(());
    }
    let place = step("a Debian to install it in", base)?;
    step("installed package", || try_out(&package, &place))
}

fn build() -> Result<PathBuf> {
    let path = path_with_cargo_tool("cargo-deb", "^3.8")?;
    run(cargo(&[
        "build",
        "--release",
        "-p",
        "pnrpd",
        "-p",
        "pnrp-cli",
    ])?)?;
    let target = target_directory()?;
    gather(&target.join("release"))?;
    compress_manuals(&target.join("release/package/usr/share/man"))?;
    let mut deb = cargo(&["deb", "-p", "pnrpd", "--no-build", "--output"])?;
    let package = target.join("debian/pnrp.deb");
    deb.arg(&package).env("PATH", path);
    run(deb)?;
    Ok(package)
}

/// Puts together what is not built by cargo.
fn gather(release: &Path) -> Result<()> {
    let (root, tree) = (root()?, release.join("package"));
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    let share = tree.join("usr/share");
    for directory in [
        "man/man1",
        "man/man8",
        "bash-completion/completions",
        "zsh/vendor-completions",
        "fish/vendor_completions.d",
    ] {
        fs::create_dir_all(share.join(directory))?;
    }
    fs::copy(
        root.join("packaging/man/pnrpd.8"),
        share.join("man/man8/pnrpd.8"),
    )?;
    let units = tree.join("usr/lib/systemd/system");
    fs::create_dir_all(&units)?;
    let unit = fs::read_to_string(root.join("packaging/systemd/pnrpd.service"))?;
    let (_, unit) = unit.split_once('\n').context("the unit is empty")?;
    let unit = unit.replace("/usr/local/bin/", "/usr/bin/");
    fs::write(units.join("pnrpd.service"), unit)?;

    let pnrp = release.join("pnrp");
    let mut man = Command::new(&pnrp);
    man.args(["man", "--out"]).arg(share.join("man/man1"));
    run(man)?;
    for (shell, file) in COMPLETIONS {
        let mut completions = Command::new(&pnrp);
        completions.args(["completions", shell]);
        fs::write(share.join(file), output(completions)?)?;
    }
    Ok(())
}

/// As Debian has them.
fn compress_manuals(directory: &Path) -> Result<()> {
    for section in ["man1", "man8"] {
        for page in fs::read_dir(directory.join(section))? {
            let mut gzip = program("gzip", &["-9n"])?;
            gzip.arg(page?.path());
            run(gzip)?;
        }
    }
    Ok(())
}

/// A small Debian of the release that this host has; made once, and copied for each trial.
fn base() -> Result<PathBuf> {
    let place = target_directory()?.join("deb-root");
    let done = place.join("done");
    if done.is_file() {
        return Ok(place);
    }
    if !is_installed("debootstrap") {
        run(program("apt-get", &["update", "-qq"])?)?;
        run(program(
            "apt-get",
            &["install", "-y", "-qq", "debootstrap"],
        )?)?;
    }
    let base = place.join("base");
    if base.exists() {
        fs::remove_dir_all(&base)?;
    }
    fs::create_dir_all(&place)?;
    let release = fs::read_to_string("/etc/os-release")?;
    let codename = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .context("/etc/os-release does not say which Debian this is")?;
    let mut make = program("debootstrap", &["--variant=minbase", INCLUDE])?;
    make.arg(codename).arg(&base).arg(MIRROR);
    run(make)?;
    fs::write(done, "")?;
    Ok(place)
}

fn try_out(package: &Path, place: &Path) -> Result<()> {
    let host = place.join("trial");
    if host.exists() {
        fs::remove_dir_all(&host)?;
    }
    let mut copy = program("cp", &["-a"])?;
    copy.arg(place.join("base")).arg(&host);
    run(copy)?;
    fs::copy(package, host.join("pnrp.deb"))?;
    let inside = |script: &str| -> Result<String> {
        let mut chroot = program("chroot", &[])?;
        chroot.arg(&host).args(["sh", "-ec", script]);
        chroot.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        output(chroot)
    };

    inside("dpkg -i /pnrp.deb")?;
    expect(&inside("pnrp --version; pnrpd --version")?, "pnrpd")?;
    expect(
        &inside("dpkg-query -W -f '${Conffiles}' pnrp")?,
        "/etc/pnrp/pnrpd.toml",
    )?;
    inside("systemd-analyze verify --man=no /usr/lib/systemd/system/pnrpd.service")?;
    // DynamicUser has no account either.
    expect(&inside(AS_UNIT)?, "\"status\":\"ok\"")?;
    expect(&inside("man 8 pnrpd | cat")?, "PNRP daemon")?;
    expect(&inside("man pnrp | cat")?, "register")?;
    expect(&inside("man pnrp-register | cat")?, "--endpoint")?;
    let load = ". /usr/share/bash-completion/completions/pnrp; complete -p pnrp";
    expect(&inside(&format!("bash -c '{load}'"))?, "-F _pnrp")?;
    for (_, file) in COMPLETIONS {
        expect(&inside(&format!("cat /usr/share/{file}"))?, "register")?;
    }
    // What the administrator has written survives an upgrade.
    inside("echo 'port = 4000' >>/etc/pnrp/pnrpd.toml; dpkg -i /pnrp.deb")?;
    expect(&inside("pnrpd check")?, "4000")?;
    inside("dpkg --purge pnrp; test ! -e /etc/pnrp/pnrpd.toml; test ! -e /usr/bin/pnrp")?;
    fs::remove_dir_all(&host)?;
    Ok(())
}

fn expect(told: &str, wanted: &str) -> Result<()> {
    if !told.contains(wanted) {
        bail!("{wanted:?} is missing in: {told}");
    }
    Ok(())
}

const MIRROR: &str = "http://deb.debian.org/debian";
const INCLUDE: &str = "--include=bash-completion,curl,man-db,systemd";
const COMPLETIONS: [(&str, &str); 3] = [
    ("bash", "bash-completion/completions/pnrp"),
    ("zsh", "zsh/vendor-completions/_pnrp"),
    ("fish", "fish/vendor_completions.d/pnrp.fish"),
];
/// The daemon as a user of no account, with the directories that the unit gives it.
const AS_UNIT: &str = "\
mkdir -p /run/pnrp /var/lib/pnrp
chown 61234:61234 /run/pnrp /var/lib/pnrp
setpriv --reuid 61234 --regid 61234 --clear-groups --no-new-privs \
    pnrpd --state-dir /var/lib/pnrp --socket /run/pnrp/pnrpd.sock --interface lo --no-ssdp \
    2>/run/pnrpd.log &
curl -sS --retry 50 --retry-delay 1 --retry-all-errors --unix-socket /run/pnrp/pnrpd.sock \
    http://pnrpd/health || { cat /run/pnrpd.log; exit 1; }
kill $!
wait $! || { cat /run/pnrpd.log; exit 1; }";
