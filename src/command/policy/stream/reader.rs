//! Reads the input ahead on a thread of its own.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::batch::Batch;
use super::splitter::Splitter;
use super::step::Input;

/// The size of a chunk.
const CHUNK: usize = 256 << 10;
/// How many chunks are read ahead.
const CHUNKS_AHEAD: usize = 8;

/// The documents of an input, which a thread of its own reads ahead.
pub(in crate::command::policy) struct Documents {
    chunks: Receiver<io::Result<Vec<u8>>>,
    splitter: Splitter,
    ended: bool,
    failed: Option<io::Error>,
}

impl Documents {
    pub(in crate::command::policy) fn of(reader: Box<dyn Read + Send>) -> Self {
        let (sender, chunks) = sync_channel(CHUNKS_AHEAD);
        thread::spawn(move || read(reader, &sender));
        Self {
            chunks,
            splitter: Splitter::default(),
            ended: false,
            failed: None,
        }
    }

    /// The documents that have been read since the last call. Waits if there are none yet, and returns `None` after the end.
    pub(in crate::command::policy) fn next(&mut self) -> Option<io::Result<Batch>> {
        if self.ended {
            return self.failed.take().map(Err);
        }
        let first = self.chunks.recv().into_iter();
        for chunk in first.chain(self.chunks.try_iter()).take(CHUNKS_AHEAD) {
            match chunk {
                Ok(bytes) if !bytes.is_empty() => self.splitter.push(&bytes),
                end => {
                    self.ended = true;
                    self.failed = end.err();
                }
            }
        }
        let input = if self.ended && self.failed.is_none() {
            Input::Ended
        } else {
            Input::Continues
        };
        Some(Ok(self.splitter.take(input)))
    }
}

/// Sends the input in chunks. The last chunk is empty or an error.
fn read(mut reader: Box<dyn Read + Send>, sender: &SyncSender<io::Result<Vec<u8>>>) {
    loop {
        let mut chunk = vec![0; CHUNK];
        let read = match reader.read(&mut chunk) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            read => read,
        };
        let is_last = matches!(read, Ok(0) | Err(_));
        let chunk = read.map(|n| {
            chunk.truncate(n);
            chunk
        });
        if sender.send(chunk).is_err() || is_last {
            return;
        }
    }
}
