//! The operations that change the disk, one by one.
//!
//! The store goes through [`Files`], so that tests can stop it after any of them.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::Path,
};

/// What may change a disk.
pub(super) trait Files: fmt::Debug + Send + Sync {
    /// Makes a file that is not there yet; `mode` are its rights where files have such.
    fn create(&self, path: &Path, mode: u32) -> io::Result<File>;
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()>;
    /// Makes the content outlast a loss of power.
    fn sync(&self, file: &File) -> io::Result<()>;
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a directory and those above it, for its owner alone.
    fn create_directory(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory outlast a loss of power.
    fn sync_directory(&self, directory: &Path) -> io::Result<()>;
    /// Takes every right from group and others.
    fn make_private(&self, file: &File) -> io::Result<()>;
}

/// The file system itself.
#[derive(Debug)]
pub(super) struct Disk;

impl Files for Disk {
    fn create(&self, path: &Path, mode: u32) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        set_mode(&mut options, mode);
        options.open(path)
    }

    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_directory(&self, path: &Path) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)
    }

    #[cfg(unix)]
    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        File::open(directory)?.sync_all()
    }

    /// Elsewhere a directory cannot be opened as a file.
    #[cfg(not(unix))]
    fn sync_directory(&self, _directory: &Path) -> io::Result<()> {
        Ok(())
    }

    #[cfg(unix)]
    fn make_private(&self, file: &File) -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt;

        let mut permissions = file.metadata()?.permissions();
        let private = permissions.mode() & !0o077;
        if permissions.mode() != private {
            permissions.set_mode(private);
            file.set_permissions(permissions)?;
        }
        Ok(())
    }

    /// Elsewhere a file has the rights of its directory.
    #[cfg(not(unix))]
    fn make_private(&self, _file: &File) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, mode: u32) {
    std::os::unix::fs::OpenOptionsExt::mode(options, mode);
}

/// Elsewhere a file has the rights of its directory.
#[cfg(not(unix))]
fn set_mode(_options: &mut OpenOptions, _mode: u32) {}
