//! `man`: writes the man pages, which are made from the same definition as `--help`.

use std::fs;
use std::io;
use std::path::Path;

use clap::Command;

use crate::cli::{Cli, Man};
use crate::context::Context;
use crate::error::Error;
use crate::storage::public_file;

use super::outcome::Outcome;

pub(super) fn run(context: &Context, args: &Man) -> Outcome {
    let folder = &args.folder;
    let mut program = Cli::with_used_options().disable_help_subcommand(true);
    program.build();
    fs::create_dir_all(folder)
        .and_then(|()| write(&program, folder))
        .map_err(|source| Error::File {
            what: "write the man pages to",
            path: folder.display().to_string(),
            source,
        })?;
    context
        .ui
        .say(&format!("The man pages are in `{}`.", folder.display()));
    Ok(0)
}

/// Writes the page of a command, and those of its subcommands.
fn write(command: &Command, folder: &Path) -> io::Result<()> {
    for subcommand in command.get_subcommands() {
        write(subcommand, folder)?;
    }
    let page = clap_mangen::Man::new(command.clone())
        .source(concat!("mfa-session ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands");
    let mut text = Vec::new();
    page.render(&mut text)?;
    public_file::replace(&folder.join(page.get_filename()), &text)
}
