//! Parsing and compiling that begins while a chart is still being read.
//!
//! In: texts, as they become known. Out: what they hold, read by a helper thread or by the one
//! that asks first, whoever comes earlier; the other waits for it. On one core, and for small
//! charts, there is no helper.

use crate::funcs;
use crate::parallel::{BYTES_PER_THREAD, CORES};
use crate::source::{Source, TextKey};
use crate::template::{ParseError, Parsed, parse};
use crate::values::Schemas;
use bytes::Bytes;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// Texts of a chart and what they hold.
#[derive(Debug, Default)]
pub(super) struct Ahead(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// How many cores there are for this chart.
    cores: usize,
    /// Umbrella charts bring the same library chart with each subchart: one reading serves all.
    texts: Mutex<FxHashMap<TextKey, Arc<Text>>>,
    schemas: Schemas,
    queue: Mutex<Queue>,
    changed: Condvar,
}

impl Default for Shared {
    fn default() -> Self {
        Shared {
            cores: *CORES,
            texts: Mutex::default(),
            schemas: Schemas::default(),
            queue: Mutex::default(),
            changed: Condvar::new(),
        }
    }
}

/// How many bytes wait before a helper is woken.
const BYTES_PER_WAKE: usize = 32 * 1024;

/// What waits for a helper.
#[derive(Debug, Default)]
struct Queue {
    texts: VecDeque<Arc<Text>>,
    schemas: VecDeque<Bytes>,
    /// Bytes of all texts so far.
    bytes: usize,
    /// Bytes that no helper was woken for.
    untold: usize,
    helpers: usize,
    /// No more files will come.
    is_closed: bool,
    /// Helpers wait for such work when there are no more files.
    waits_for_more: bool,
    more: VecDeque<Work>,
}

/// Something else to do.
struct Work(Box<dyn FnOnce() + Send>);

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Work")
    }
}

#[derive(Debug)]
enum Task {
    Parse(Arc<Text>),
    Compile(Bytes),
    Other(Work),
}

/// A template's text and its syntax tree.
#[derive(Debug)]
pub(super) struct Text {
    data: Bytes,
    is_claimed: AtomicBool,
    parsed: OnceLock<Result<Parsed, ParseError>>,
}

/// No file has this name and hardly a `define`, so a tree that was read under it can be put under
/// any other name.
const NO_NAME: &str = "\0";

impl Text {
    /// The tree as read under no name of its own. Waits if another thread is at it.
    fn parsed(&self) -> &Result<Parsed, ParseError> {
        let source = || Source::new(NO_NAME, self.data.clone());
        self.parsed.get_or_init(|| parse(source(), &|name| funcs::table().find(name)))
    }

    /// Reads the text unless another thread is at it.
    pub fn begin(&self) {
        if !self.is_claimed.swap(true, Ordering::Relaxed) {
            self.parsed();
        }
    }

    /// The tree under the name of a file.
    pub fn under(&self, path: &str) -> Result<Parsed, ParseError> {
        let source = || Source::new(path, self.data.clone());
        let moved = self.parsed().as_ref().ok().and_then(|parsed| parsed.under(source()));
        // An error names its file, and a file may define a template of its own name.
        moved.map_or_else(|| parse(source(), &|name| funcs::table().find(name)), Ok)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ahead {
    /// For one of so many charts that are read at the same time: with more threads than cores, one would be done early
    /// and then wait for the others.
    pub fn among(charts: usize) -> Ahead {
        Ahead(Arc::new(Shared { cores: *CORES / charts.max(1), ..Shared::default() }))
    }

    /// The compiled schemas.
    pub fn schemas(&self) -> &Schemas {
        &self.0.schemas
    }

    /// The entry of a text.
    pub fn text(&self, data: &Bytes) -> Arc<Text> {
        let new = || Text { data: data.clone(), is_claimed: AtomicBool::new(false), parsed: OnceLock::new() };
        Arc::clone(lock(&self.0.texts).entry(TextKey(data.clone())).or_insert_with(|| Arc::new(new())))
    }

    /// Hands a chart's file to the helpers; `name` is relative to the chart.
    pub fn note(&self, name: &str, data: &Bytes) {
        let mut queue = lock(&self.0.queue);
        if name.starts_with("templates/") || name.contains("/templates/") {
            queue.texts.push_back(self.text(data));
        } else if name == "values.schema.json" || name.ends_with("/values.schema.json") {
            queue.schemas.push_back(data.clone());
        } else {
            return;
        }
        queue.bytes += data.len();
        queue.untold += data.len();
        // To wake a helper takes as long as to parse some kilobytes.
        let is_worth_it = queue.untold >= BYTES_PER_WAKE;
        if is_worth_it {
            queue.untold = 0;
        }
        // The first one pays early, because this thread has files to read.
        let is_first = queue.helpers == 0 && queue.bytes >= BYTES_PER_WAKE;
        if (is_first || queue.bytes / BYTES_PER_THREAD > queue.helpers) && queue.helpers + 1 < self.0.cores {
            let shared = Arc::clone(&self.0);
            // Without a helper the work is done by who needs it.
            if std::thread::Builder::new().spawn(move || shared.help()).is_ok() {
                queue.helpers += 1;
            }
        }
        drop(queue);
        if is_worth_it {
            self.0.changed.notify_one();
        }
    }

    /// Tells the helpers that all files were noted.
    pub fn close(&self) {
        lock(&self.0.queue).is_closed = true;
        self.0.changed.notify_all();
    }

    /// Keeps the helpers for [`run`](Self::run), until that or the end.
    pub fn wait_for_more(&self) {
        lock(&self.0.queue).waits_for_more = true;
    }

    /// Lets a helper do something else behind what it has to read, and no more after that. False where no helper waits
    /// for it. A new thread would often be put on the core of the one that starts it, and stay there for milliseconds.
    pub fn run(&self, work: impl FnOnce() + Send + 'static) -> bool {
        let mut queue = lock(&self.0.queue);
        let is_taken = queue.waits_for_more && queue.helpers > 0;
        if is_taken {
            queue.more.push_back(Work(Box::new(work)));
        }
        queue.waits_for_more = false;
        drop(queue);
        self.0.changed.notify_all();
        is_taken
    }

    /// Takes back the texts that no helper has begun.
    pub fn stop_parsing(&self) {
        lock(&self.0.queue).texts.clear();
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        let mut queue = lock(&self.0.queue);
        queue.texts.clear();
        queue.schemas.clear();
        queue.more.clear();
        queue.waits_for_more = false;
        drop(queue);
        self.close();
    }
}

impl Shared {
    /// The life of a helper.
    fn help(&self) {
        while let Some(task) = self.next() {
            match task {
                Task::Parse(text) => text.begin(),
                Task::Compile(schema) => self.schemas.prepare(&schema),
                Task::Other(Work(work)) => work(),
            }
        }
    }

    /// The next task; `None` when there will be no more.
    fn next(&self) -> Option<Task> {
        let mut queue = lock(&self.queue);
        loop {
            if let Some(text) = queue.texts.pop_front() {
                return Some(Task::Parse(text));
            }
            // A render needs the templates first, and asks for the schemas at its end.
            if queue.is_closed {
                let schema = queue.schemas.pop_front().map(Task::Compile);
                let task = schema.or_else(|| queue.more.pop_front().map(Task::Other));
                if task.is_some() || !queue.waits_for_more {
                    return task;
                }
            }
            queue = self.changed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(number: usize, size: usize) -> Bytes {
        format!("{{{{ define \"t{number}\" }}}}{}{{{{ end }}}}", "{{ .Values.a }} ".repeat(size)).into_bytes().into()
    }

    #[test]
    fn every_text_is_read_whoever_reads_it() {
        let ahead = Ahead::default();
        let texts: Vec<_> = (0..200).map(|number| text(number, 200)).collect();
        for data in &texts {
            ahead.note("templates/a.yaml", data);
        }
        ahead.close();
        for (number, data) in texts.iter().enumerate().rev() {
            let parsed = ahead.text(data).under("c/templates/a.yaml").expect("it is a template");
            assert_eq!(&*parsed.main.name, "c/templates/a.yaml");
            assert_eq!(*parsed.defined[0].name, format!("t{number}"));
        }
    }

    #[test]
    fn a_helper_that_waits_for_more_does_it_after_the_files() {
        for waits in [true, false] {
            let ahead = Ahead::default();
            let data = text(1, 20_000);
            if waits {
                ahead.wait_for_more();
            }
            ahead.note("templates/a.yaml", &data);
            ahead.close();
            let (done, was_done) = std::sync::mpsc::channel();
            let is_taken = ahead.run(move || done.send(()).expect("somebody waits"));
            assert_eq!(is_taken, waits && *CORES > 1);
            // What nobody takes is dropped.
            assert_eq!(was_done.recv().is_ok(), is_taken);
            assert!(!ahead.run(|| ()), "it waits once");
            assert!(ahead.text(&data).under("c/templates/a.yaml").is_ok());
        }
    }

    #[test]
    fn a_file_that_defines_its_own_name_is_read_under_it() {
        let ahead = Ahead::default();
        let data: Bytes = Bytes::from_static(b"{{ define \"c/templates/a.yaml\" }}own{{ end }} \n");
        let parsed = ahead.text(&data).under("c/templates/a.yaml").expect("it is a template");
        assert!(parsed.defined.is_empty());
        assert!(!parsed.main.is_empty());
    }

    #[test]
    fn an_error_names_the_file_it_is_asked_for() {
        let ahead = Ahead::default();
        let data: Bytes = Bytes::from_static(b"\n{{ end }}");
        for path in ["a/templates/x.yaml", "b/templates/x.yaml"] {
            let error = ahead.text(&data).under(path).expect_err("it has no beginning");
            assert!(error.to_string().contains(path), "{error}");
        }
    }
}
