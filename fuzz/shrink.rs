//! Makes an input smaller that does the same.
//!
//! In: bytes, and whether some bytes still do it. Out: fewer bytes. Runs of lines go first, then of bytes,
//! each half as long as those before; then what is left is made plain.

/// The smallest input that was found with so many questions.
pub fn shrink(input: &[u8], mut questions: usize, mut does: impl FnMut(&[u8]) -> bool) -> Vec<u8> {
    let mut best = input.to_vec();
    let mut ask = |data: &[u8]| {
        questions = questions.saturating_sub(1);
        questions > 0 && does(data)
    };
    loop {
        let before = best.len();
        let lines = |data: &[u8]| data.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
        best = drop_runs(&lines(&best), &mut |parts| ask(&parts.concat())).concat();
        best = drop_runs(&best, &mut |bytes| ask(bytes));
        if best.len() == before {
            break;
        }
    }
    for at in 0..best.len() {
        let mut plain = best.clone();
        if let Some(byte) = plain.get_mut(at).filter(|byte| !matches!(byte, b'a' | b'0' | b' ' | b'\n')) {
            *byte = if byte.is_ascii_digit() { b'0' } else { b'a' };
            if ask(&plain) {
                best = plain;
            }
        }
    }
    best
}

/// What is left when every run of parts is dropped that can be.
fn drop_runs<T: Clone>(parts: &[T], does: &mut dyn FnMut(&[T]) -> bool) -> Vec<T> {
    let mut best = parts.to_vec();
    let mut length = best.len().div_ceil(2);
    while length > 0 {
        let mut at = 0;
        while at < best.len() {
            let mut less = best.clone();
            less.drain(at..(at + length).min(best.len()));
            if does(&less) {
                best = less;
            } else {
                at += length;
            }
        }
        length = if length == 1 { 0 } else { length.div_ceil(2) };
    }
    best
}

#[cfg(test)]
mod tests {
    use super::shrink;

    #[test]
    fn what_is_needed_stays_and_all_else_goes() {
        let input = b"one\ntwo {{ three }}\nfour {{ five\n";
        let small = shrink(input, 10_000, |data| data.windows(2).any(|pair| pair == b"{{"));
        assert_eq!(small, b"{{");
    }
}
