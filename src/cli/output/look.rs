//! How results may look: as wide as the terminal, and with colour, where there is a terminal.

use std::io;

use rustix::termios::tcgetwinsize;

/// What the place that results go to can show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal; none where lines may be of any length.
    pub width: Option<u16>,
    pub colour: bool,
}

/// Columns and lines of the terminal that standard output is, if it is one and tells.
pub fn size_of_terminal() -> Option<(u16, u16)> {
    let size = tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}
