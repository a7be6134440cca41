//! Packed charts. A tar made of files is damaged before or behind its compression.

use super::Target;
use crate::answer::Answer;
use crate::{bundle, corpus};
use chartwright::Chart;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

pub const TARGET: Target = Target {
    name: "archive",
    about: "archives: the first byte says whether a tar follows, which is compressed, or what a .tgz holds",
    fixtures,
    draw: None,
    run,
    weight: 1,
};

/// In front of a tar that is still to be compressed. Most changes to what is compressed only break its sum.
const TAR: u8 = b't';
const GZIP: u8 = b'z';

fn fixtures() -> Vec<Vec<u8>> {
    let small = |chart: &Vec<u8>| chart.len() < 6 << 10;
    let charts = corpus::charts("tests/rules").into_iter().filter(small).step_by(9);
    let mut inputs = Vec::new();
    for chart in charts {
        let files = bundle::files(&chart);
        let tar = tar(&files);
        inputs.push([&[GZIP], gzip(&tar).as_slice()].concat());
        inputs.push([&[TAR], tar.as_slice()].concat());
    }
    super::with_kept(TARGET.name, inputs)
}

fn tar(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, data) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(data.len() as u64);
        header.set_mode(0o644);
        // A name too long is left out: there are enough others.
        let _ = tar.append_data(&mut header, format!("c/{name}"), data.as_slice());
    }
    tar.into_inner().unwrap_or_default()
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let _ = encoder.write_all(data);
    encoder.finish().unwrap_or_default()
}

/// The sum in a header of a tar is made right again, or no change to a header would get any further.
fn repair(tar: &mut [u8]) {
    for block in tar.chunks_exact_mut(512) {
        let Some(magic) = block.get(257..262) else { continue };
        if magic != b"ustar" {
            continue;
        }
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
}

fn run(input: &[u8], answer: &mut Answer) {
    let Some((first, rest)) = input.split_first() else { return };
    let bytes = match *first {
        TAR => {
            let mut tar = rest.to_vec();
            repair(&mut tar);
            gzip(&tar)
        }
        _ => rest.to_vec(),
    };
    match Chart::from_archive(&bytes, "c.tgz") {
        Ok(chart) => {
            answer.note((
                chart.templates().len().min(4),
                chart.files().len().min(4),
                chart.dependencies().len().min(3),
            ));
            let outside = chart
                .raw()
                .iter()
                .find(|file| file.name.starts_with('/') || file.name.split('/').any(|part| part == ".."));
            if let Some(file) = outside {
                answer.broke(format!("no file leads out of its chart: {}", file.name));
            }
        }
        Err(error) => answer.say(&error.to_string()),
    }
}
