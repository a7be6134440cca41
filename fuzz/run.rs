//! Runs cases of one target in this process.
//!
//! In: a target, a seed, and how long. Out: findings, shrunk and kept as files. Before a case begins its
//! input is written to `current`, so that what ends the whole process is known to who started it.

use super::Options;
use super::answer::Answer;
use super::corpus;
use super::cost;
use super::mutate;
use super::shrink::shrink;
use super::targets::{self, Target};
use fastrand::Rng;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// From here on a case is slow. The limits of a case let it run a tenth of it.
const SLOW: Duration = Duration::from_secs(2);
/// A case that has taken this long is not waited for.
const HANG: Duration = Duration::from_secs(20);
/// The code with which a process ends whose case hangs.
pub const HANGS: u8 = 3;
/// The most that a case may take in memory besides what the process held before.
const MUCH_MEMORY: usize = 256 << 20;
/// How many inputs with an answer of their own are kept, besides the fixtures.
const KEPT: usize = 20_000;
/// Inputs that are tried to make a finding smaller.
const QUESTIONS: usize = 3_000;

/// Something that should not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `panic`, `promise`, `slow`, `memory`; of a process that ended, `crash` and `hang`.
    pub kind: &'static str,
    /// Where: the line of the panic, or the promise without its numbers.
    pub at: String,
    /// All that is known.
    pub text: String,
}

/// What came of a case.
pub struct Ran {
    pub answer: Answer,
    pub finding: Option<Finding>,
}

static PANIC: Mutex<Option<(String, String)>> = Mutex::new(None);

/// From now on panics are noted rather than printed.
fn note_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            let at = info.location().map_or_else(String::new, |at| format!("{}:{}", at.file(), at.line()));
            let text = format!("{info}\n{}", std::backtrace::Backtrace::force_capture());
            PANIC.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert((at, text));
        }));
    });
}

/// Runs one input.
pub fn case(target: &Target, input: &[u8]) -> Ran {
    note_panics();
    PANIC.lock().unwrap_or_else(PoisonError::into_inner).take();
    let begin = Instant::now();
    let cpu = cost::cpu();
    let answer = catch_unwind(AssertUnwindSafe(|| {
        let mut answer = Answer::default();
        (target.run)(input, &mut answer);
        answer
    }));
    let finding = |kind, at: String, text: String| Some(Finding { kind, at, text });
    // Also a panic of a thread that somebody waited for.
    if let Some((at, text)) = PANIC.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Ran { answer: Answer::default(), finding: finding("panic", at, text) };
    }
    let answer = answer.unwrap_or_default();
    if let Some(promise) = &answer.broken {
        let at = promise.split(':').next().unwrap_or_default().to_owned();
        let finding = finding("promise", at, promise.clone());
        return Ran { answer, finding };
    }
    // Without optimisation, beside other tests, time says nothing.
    if cfg!(test) {
        return Ran { answer, finding: None };
    }
    let mut found = None;
    if begin.elapsed() > SLOW && cost::cpu() - cpu > SLOW {
        let text = format!("took {:?} of processor time", cost::cpu() - cpu);
        found = finding("slow", target.name.to_owned(), text);
    }
    Ran { answer, finding: found }
}

/// The inputs of a seed, one after the other.
struct Inputs {
    rng: Rng,
    target: &'static Target,
    /// The fixtures, then what brought out a new answer.
    pool: Vec<Vec<u8>>,
    seen: BTreeSet<u64>,
}

impl Inputs {
    fn new(target: &'static Target, seed: u64) -> Inputs {
        let mut pool = (target.fixtures)();
        pool.retain(|input| input.len() <= mutate::MAX_BYTES);
        Inputs { rng: Rng::with_seed(seed), target, pool, seen: BTreeSet::new() }
    }

    fn next(&mut self) -> Vec<u8> {
        let rng = &mut self.rng;
        let draws = self.target.draw.filter(|_| self.pool.is_empty() || rng.u32(0..3) == 0);
        let input = match draws {
            Some(draw) => draw(rng),
            None => rng.choice(&self.pool).cloned().unwrap_or_default(),
        };
        // What was drawn is a case of its own; fixtures are known to be harmless.
        if draws.is_some() && rng.bool() {
            return input;
        }
        let empty = Vec::new();
        let other = rng.choice(&self.pool).unwrap_or(&empty).clone();
        mutate::change(rng, &input, &other)
    }

    /// Keeps an input that had an answer like none before.
    fn learn(&mut self, input: Vec<u8>, answer: &Answer) {
        let new = answer.kinds.iter().filter(|kind| self.seen.insert(**kind)).count();
        if new > 0 && self.pool.len() < KEPT {
            self.pool.push(input);
        }
    }
}

/// Some cases of a seed, for tests.
#[cfg(test)]
pub fn short(target: &'static Target, seed: u64, cases: u64) -> Vec<Finding> {
    let mut inputs = Inputs::new(target, seed);
    let mut found = Vec::new();
    for _ in 0..cases {
        let input = inputs.next();
        let ran = case(target, &input);
        if let Some(mut finding) = ran.finding {
            finding.text.push_str(&format!("\n{}", String::from_utf8_lossy(&input)));
            found.push(finding);
        }
        inputs.learn(input, &ran.answer);
    }
    found
}

/// When the case that runs now began, in milliseconds of processor time; 0 when none does.
static BEGAN: AtomicU64 = AtomicU64::new(0);

/// Ends the process when a case takes far too long.
fn watch() {
    thread::spawn(|| {
        loop {
            thread::sleep(Duration::from_millis(500));
            let began = BEGAN.load(Ordering::Relaxed);
            let now = cost::cpu();
            if began > 0 && now > Duration::from_millis(began) + HANG {
                std::process::exit(i32::from(HANGS));
            }
        }
    });
}

/// One run of one target, on a thread like those of the programs that use the library: its stack is that of
/// Rust's threads, not the main thread's larger one. Prints `cases CPU-MILLISECONDS KINDS`.
pub fn worker(options: &Options) -> Result<ExitCode, String> {
    let run = || cases(options);
    thread::scope(|scope| scope.spawn(run).join()).unwrap_or_else(|_| Err("the fuzzer itself panicked".to_owned()))
}

fn cases(options: &Options) -> Result<ExitCode, String> {
    let [target] = *options.targets.as_slice() else { return Err("a worker has one target".to_owned()) };
    let io = |error: std::io::Error| format!("{}: {error}", options.found.display());
    fs::create_dir_all(&options.found).map_err(io)?;
    let mut current = File::create(options.found.join("current")).map_err(io)?;
    watch();
    let mut inputs = Inputs::new(target, options.seed);
    let end = Instant::now() + Duration::from_secs(options.seconds);
    let mut cases = 0_u64;
    let mut told = BTreeSet::new();
    cost::forget_peak();
    let mut held = cost::peak();
    while Instant::now() < end {
        let input = inputs.next();
        current.set_len(0).and_then(|()| current.rewind()).and_then(|()| current.write_all(&input)).map_err(io)?;
        let began = Instant::now();
        BEGAN.store(cost::cpu().as_millis() as u64 + 1, Ordering::Relaxed);
        let mut ran = case(target, &input);
        BEGAN.store(0, Ordering::Relaxed);
        cases += 1;
        // Memory of this size is not touched in less time.
        if began.elapsed() > Duration::from_millis(20) {
            let peak = cost::peak();
            if peak > held + MUCH_MEMORY && ran.finding.is_none() {
                let text = format!("held {} MiB more than before", (peak - held) >> 20);
                ran.finding = Some(Finding { kind: "memory", at: target.name.to_owned(), text });
            }
            cost::forget_peak();
            held = cost::peak();
        }
        if let Some(finding) = ran.finding
            && told.insert((finding.kind, finding.at.clone()))
        {
            let same = |data: &[u8]| {
                let again = case(target, data).finding;
                again.is_some_and(|again| (again.kind, &again.at) == (finding.kind, &finding.at))
            };
            let questions = if matches!(finding.kind, "slow" | "memory") { 0 } else { QUESTIONS };
            let small = shrink(&input, questions, same);
            let last = case(target, &small).finding.unwrap_or(finding);
            let path = keep(&options.found, target, &last, &small).map_err(io)?;
            eprintln!("found: {} at {}: {}", last.kind, last.at, path);
        }
        inputs.learn(input, &ran.answer);
    }
    println!("{cases} {} {}", cost::cpu().as_millis(), inputs.seen.len());
    Ok(ExitCode::SUCCESS)
}

/// Writes a finding down; its input is the file, what is known of it stands beside.
pub fn keep(folder: &Path, target: &Target, finding: &Finding, input: &[u8]) -> std::io::Result<String> {
    let mut hasher = DefaultHasher::new();
    (finding.kind, &finding.at).hash(&mut hasher);
    let folder = folder.join(target.name);
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{}-{:08x}", finding.kind, hasher.finish() as u32));
    fs::write(&path, input)?;
    fs::write(path.with_extension("why"), format!("{} at {}\n{}\n", finding.kind, finding.at, finding.text))?;
    Ok(path.display().to_string())
}

/// Runs the input of a finding once more and says what comes of it.
pub fn replay(file: &Path, target: Option<&'static Target>) -> Result<ExitCode, String> {
    let folder = file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    let target = match target {
        Some(target) => target,
        None => targets::find(&folder.unwrap_or_default())?,
    };
    let input = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    watch();
    let before = cost::cpu();
    BEGAN.store(before.as_millis() as u64 + 1, Ordering::Relaxed);
    let ran = thread::scope(|scope| scope.spawn(|| case(target, &input)).join());
    let ran = ran.map_err(|_| "the fuzzer itself panicked".to_owned())?;
    println!("{:?} of processor time, {} MiB at most", cost::cpu() - before, cost::peak() >> 20);
    match ran.finding {
        Some(finding) => {
            println!("{} at {}\n{}", finding.kind, finding.at, finding.text);
            Ok(ExitCode::FAILURE)
        }
        None => {
            println!("nothing is found in it");
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The fixtures of a target that its files in `fuzz/kept` are.
pub fn kept_of(name: &str) -> Vec<Vec<u8>> {
    corpus::kept().into_iter().filter(|(target, _, _)| target.name == name).map(|(_, _, input)| input).collect()
}
