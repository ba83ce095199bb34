//! Text files: finds the encoding by reading the whole file once, then decodes it piece by piece.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::SourceError;

const PIECE: usize = 64 << 10;

/// A text file and its encoding.
pub(super) struct TextFile {
    file: File,
    encoding: &'static Encoding,
}

impl TextFile {
    /// Tries the byte order mark, then UTF-8, then GB18030, each over the whole file.
    pub(super) fn open(mut file: File) -> Result<Self, SourceError> {
        let mut mark = [0_u8; 2];
        let read = file.read(&mut mark)?;
        let candidates: &[&'static Encoding] = match mark.get(..read) {
            Some([0xff, 0xfe]) => &[UTF_16LE],
            Some([0xfe, 0xff]) => &[UTF_16BE],
            _ => &[UTF_8, GB18030],
        };
        for encoding in candidates {
            let text = Self { file: file.try_clone()?, encoding };
            let mut pieces = text.reader()?;
            loop {
                match pieces.piece() {
                    Ok(Some(_)) => {}
                    Ok(None) => return Ok(text),
                    Err(SourceError::Encoding) => break,
                    Err(error) => return Err(error),
                }
            }
        }
        Err(SourceError::Encoding)
    }

    /// Decodes from the beginning, without a byte order mark.
    pub(super) fn reader(&self) -> Result<Pieces, SourceError> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Pieces { file, decoder: self.encoding.new_decoder_with_bom_removal(), state: State::Reading })
    }

    /// The first character that is not white space.
    pub(super) fn first_character(&self) -> Result<Option<char>, SourceError> {
        let mut pieces = self.reader()?;
        while let Some(piece) = pieces.piece()? {
            if let Some(first) = piece.chars().find(|character| !character.is_whitespace()) {
                return Ok(Some(first));
            }
        }
        Ok(None)
    }

    /// The whole text; the caller has bounded the file's size.
    pub(super) fn whole(&self) -> Result<String, SourceError> {
        let mut whole = String::new();
        let mut pieces = self.reader()?;
        while let Some(piece) = pieces.piece()? {
            whole.push_str(&piece);
        }
        Ok(whole)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    Ended,
}

/// The decoded text in pieces of bounded size.
pub(super) struct Pieces {
    file: File,
    decoder: encoding_rs::Decoder,
    state: State,
}

impl Pieces {
    /// The next piece, `None` at the end.
    pub(super) fn piece(&mut self) -> Result<Option<String>, SourceError> {
        if self.state == State::Ended {
            return Ok(None);
        }
        let mut bytes = Vec::with_capacity(PIECE);
        (&mut self.file).take(PIECE as u64).read_to_end(&mut bytes)?;
        let last = bytes.len() < PIECE;
        if last {
            self.state = State::Ended;
        }
        let room = self.decoder.max_utf8_buffer_length_without_replacement(bytes.len());
        let mut text = String::with_capacity(room.ok_or(SourceError::Encoding)?);
        match self.decoder.decode_to_string_without_replacement(&bytes, &mut text, last) {
            (DecoderResult::InputEmpty, _) => Ok(Some(text)),
            (DecoderResult::OutputFull | DecoderResult::Malformed(..), _) => Err(SourceError::Encoding),
        }
    }
}
