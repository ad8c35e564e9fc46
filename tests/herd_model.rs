//! A model of the herd, checked over every interleaving of four processes.
//!
//! The processes are hooks and logins that share one key. Each step is one that other processes can see: a lock taken or freed, a
//! look at the cache, an outcome read or written, a code sent, a record stored. The names are those of `login::turn`,
//! `login::attempt`, `login::herd` and `session::state`. In every run at most one code is refused, one process dies at any step,
//! and one is stopped at any step (it may continue or not). A deadline that passes early, SIGTERM and a caller that goes away
//! count as deaths: all of them free the locks and publish nothing.
//!
//! Variants of the program with one fault each show that the model can fail: each of them has a counterexample.

use stateright::{Checker as _, HasDiscoveries, Model, Property};

const PROCESSES: usize = 4;

const ONE_CODE: &str = "at most one code is in flight";
const NO_CODE_IN_VAIN: &str = "no code is sent while there is a live record";
const ASKED_ONCE: &str = "a waiter whose question was answered never asks";
const PUBLISHED_RIGHTLY: &str = "a leader that dies publishes nothing";
const ENDS: &str = "every process that is neither stopped nor dead can continue until it ends";

/// Where a process is: the step that it takes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Step {
    /// The first look at the cache.
    Start,
    /// `cache.generation`.
    NoteGeneration,
    /// `Turn::wait`, with `new_session` while it waits.
    WaitForAskLock,
    /// `new_session`, under the ask lock.
    LookUnderAskLock,
    /// `cache.outcome`.
    LookAtOutcome,
    /// Ctrl-Z at the question: stopped without locks.
    StoppedAtQuestion,
    /// `Turn::wait` after Ctrl-Z.
    WaitForAskLockAgain,
    /// `CodeSource::next`: a person is asked.
    Ask,
    /// `call_lock`.
    WaitForCallLock,
    /// `new_session`, under the call lock.
    LookUnderCallLock,
    /// The code is sent with this step.
    Send,
    /// Between the code and its answer.
    InFlight,
    /// `cache.store`, under the call lock.
    Store,
    /// The call lock is freed.
    FreeCallLock,
    /// The code was refused, and the call lock is freed.
    Refused,
    /// `cache.publish`.
    Publish,
    /// The ask lock is freed.
    FreeAskLock,
    /// It ended with a session.
    Served,
    /// It ended with the leader's error.
    LeaderFailed,
    /// It ended with an error of its own.
    Failed,
    /// It ended because a stopped process holds a lock.
    GaveUp,
    Dead,
}

impl Step {
    fn is_end(self) -> bool {
        self >= Self::Served
    }
}

/// What waiters may know about a question that ended while they waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Answer {
    None,
    /// It ended, and its leader is alive and can still publish the outcome.
    Coming,
    /// The leader has published the outcome, or the next process holds the ask lock.
    There,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each lock is held or not, whatever the step is"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Process {
    step: Step,
    /// A command that a person started: it takes no ask lock and publishes nothing.
    login: bool,
    ask_lock: bool,
    call_lock: bool,
    /// SIGSTOP: it keeps its locks.
    frozen: bool,
    /// The generation that was noted.
    seen: u8,
    session: bool,
    /// Only the model knows this; the process does not.
    answer: Answer,
}

/// Everything that the processes share, and which events may still happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct State {
    /// Sorted, because equal processes are interchangeable.
    processes: [Process; PROCESSES],
    record: bool,
    generation: u8,
    /// The published outcome is an error, not a session.
    error: bool,
    /// 0, 1 when a code was refused, 2 when another question followed.
    refusals: u8,
    deaths: u8,
    /// 0, 1 when a process was stopped, 2 when it was continued.
    stops: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// The process takes its next step.
    Go,
    /// While it waits for a lock or asks a person, it sees that another process has stored a session.
    NewSession,
    /// The deadline passes, or the time limit for waiting.
    GiveUp,
    /// Ctrl-C at the question.
    Cancel,
    /// Ctrl-Z at the question.
    Stop,
    /// `fg`.
    Continue,
    /// AWS refuses the code.
    Refuse,
    /// After a refusal, the process fails instead of asking again.
    Fail,
    /// SIGKILL.
    Die,
    /// SIGSTOP.
    Freeze,
    /// SIGCONT.
    Thaw,
}

/// The program as it is, or with one fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Program {
    Right,
    WithoutCallLock,
    WithoutLookUnderCallLock,
    StoresAfterCallLock,
    PublishesAfterAskLock,
    WithoutLookAtOutcome,
    NotesGenerationUnderAskLock,
    PublishesBeforeAsking,
    WaitsForEver,
}

struct Herd {
    program: Program,
}

impl Herd {
    fn start(logins: usize) -> State {
        let process = |n| Process {
            step: Step::Start,
            login: n < logins,
            ask_lock: false,
            call_lock: false,
            frozen: false,
            seen: 0,
            session: false,
            answer: Answer::None,
        };
        let mut processes = std::array::from_fn(process);
        processes.sort_unstable();
        State {
            processes,
            record: false,
            generation: 0,
            error: false,
            refusals: 0,
            deaths: 0,
            stops: 0,
        }
    }

    /// What a process can do by itself, without a death or a stop from outside.
    fn own_events(&self, state: &State, process: Process, events: &mut Vec<Event>) {
        if process.frozen || process.step.is_end() {
            return;
        }
        let ask_lock = state.holder(|p| p.ask_lock);
        let call_lock = state.holder(|p| p.call_lock);
        let wait = |holder: Option<&Process>, events: &mut Vec<Event>| match holder {
            None => events.push(Event::Go),
            Some(holder) if holder.frozen && self.program != Program::WaitsForEver => {
                events.push(Event::GiveUp);
            }
            Some(_) => {}
        };
        match process.step {
            Step::WaitForAskLock | Step::WaitForAskLockAgain => {
                wait(ask_lock, events);
                if ask_lock.is_some() && state.record {
                    events.push(Event::NewSession);
                }
            }
            Step::WaitForCallLock if self.program == Program::WithoutCallLock => {
                events.push(Event::Go);
            }
            Step::WaitForCallLock => wait(call_lock, events),
            Step::Ask => {
                events.extend([Event::Go, Event::Cancel]);
                if state.stops == 0 {
                    events.push(Event::Stop);
                }
                if state.record && !process.login {
                    events.push(Event::NewSession);
                }
            }
            Step::StoppedAtQuestion => {}
            Step::InFlight => {
                events.push(Event::Go);
                if state.refusals == 0 {
                    events.push(Event::Refuse);
                }
            }
            Step::Refused => events.extend([Event::Go, Event::Fail]),
            _ => events.push(Event::Go),
        }
    }

    fn events_from_outside(state: &State, process: Process, events: &mut Vec<Event>) {
        if process.step.is_end() {
            return;
        }
        if state.deaths == 0 {
            events.push(Event::Die);
        }
        if process.step == Step::StoppedAtQuestion {
            events.push(Event::Continue);
        } else if process.frozen {
            events.push(Event::Thaw);
        } else if state.stops == 0 {
            events.push(Event::Freeze);
        }
    }

    /// One step of the process with this number.
    fn go(&self, state: &mut State, n: usize) {
        let (record, generation, error) = (state.record, state.generation, state.error);
        let early = self.program == Program::StoresAfterCallLock;
        let late = self.program == Program::PublishesAfterAskLock;
        let process = &mut state.processes[n];
        match process.step {
            Step::Start if record => process.step = Step::Served,
            Step::Start if process.login => process.step = Step::Ask,
            Step::Start => process.step = Step::NoteGeneration,
            Step::NoteGeneration => {
                process.seen = generation;
                process.step = Step::WaitForAskLock;
                // It came after the question ended, but it takes part if the outcome is not published yet.
                if state.processes.iter().any(|p| p.step == Step::Publish) {
                    state.processes[n].answer = Answer::Coming;
                }
            }
            Step::WaitForAskLock => {
                process.ask_lock = true;
                process.step = Step::LookUnderAskLock;
                if self.program == Program::NotesGenerationUnderAskLock {
                    process.seen = generation;
                }
            }
            Step::LookUnderAskLock if record => process.end(Step::Served),
            Step::LookUnderAskLock => process.step = Step::LookAtOutcome,
            Step::LookAtOutcome => {
                let blind = self.program == Program::WithoutLookAtOutcome;
                if !blind && generation != process.seen && error {
                    process.end(Step::LeaderFailed);
                } else {
                    process.step = Step::Ask;
                    if self.program == Program::PublishesBeforeAsking {
                        state.generation += 1;
                        state.error = true;
                    }
                }
            }
            Step::WaitForAskLockAgain => {
                process.ask_lock = true;
                process.step = Step::Ask;
            }
            Step::Ask => process.step = Step::WaitForCallLock,
            Step::WaitForCallLock => {
                process.call_lock = true;
                let blind = self.program == Program::WithoutLookUnderCallLock;
                process.step = if blind {
                    Step::Send
                } else {
                    Step::LookUnderCallLock
                };
            }
            Step::LookUnderCallLock if record => {
                process.session = true;
                process.step = Step::FreeCallLock;
            }
            Step::LookUnderCallLock => process.step = Step::Send,
            Step::Send => process.step = Step::InFlight,
            Step::InFlight => {
                process.session = true;
                process.call_lock = !early;
                process.step = Step::Store;
            }
            Step::Store => {
                state.record = true;
                process.step = Step::FreeCallLock;
            }
            Step::FreeCallLock => {
                process.call_lock = false;
                state.question_ends(n, late);
            }
            // Another question.
            Step::Refused => {
                state.refusals += 1;
                process.call_lock = false;
                process.step = Step::Ask;
            }
            Step::Publish => {
                state.generation += 1;
                state.error = !process.session;
                if late {
                    process.end_by_session();
                } else {
                    process.step = Step::FreeAskLock;
                    state.answer_is_there();
                }
            }
            Step::FreeAskLock => {
                process.ask_lock = false;
                if late {
                    process.step = Step::Publish;
                    state.answer_is_there();
                } else {
                    process.end_by_session();
                }
            }
            Step::StoppedAtQuestion
            | Step::Served
            | Step::LeaderFailed
            | Step::Failed
            | Step::GaveUp
            | Step::Dead => {}
        }
    }

    fn happen(&self, state: &mut State, n: usize, event: Event) {
        let late = self.program == Program::PublishesAfterAskLock;
        let process = &mut state.processes[n];
        match event {
            Event::Go => self.go(state, n),
            Event::NewSession if process.step == Step::Ask => {
                process.session = true;
                state.question_ends(n, late);
            }
            Event::NewSession => process.end(Step::Served),
            Event::GiveUp => process.end(Step::GaveUp),
            Event::Cancel => state.question_ends(n, late),
            Event::Stop => {
                state.stops += 1;
                process.ask_lock = false;
                process.step = Step::StoppedAtQuestion;
            }
            Event::Continue => {
                state.stops += 1;
                process.step = if process.login {
                    Step::Ask
                } else {
                    Step::WaitForAskLockAgain
                };
            }
            Event::Refuse => {
                state.refusals += 1;
                process.step = Step::Refused;
            }
            Event::Fail => {
                process.call_lock = false;
                state.question_ends(n, late);
            }
            Event::Die => {
                state.deaths += 1;
                let untold = matches!(process.step, Step::Publish | Step::FreeAskLock);
                process.frozen = false;
                process.end(Step::Dead);
                for process in state.processes.iter_mut().filter(|_| untold) {
                    if process.answer == Answer::Coming {
                        process.answer = Answer::None;
                    }
                }
            }
            Event::Freeze => {
                state.stops += 1;
                process.frozen = true;
            }
            Event::Thaw => {
                state.stops += 1;
                process.frozen = false;
            }
        }
    }
}

impl Process {
    fn end(&mut self, step: Step) {
        self.ask_lock = false;
        self.call_lock = false;
        self.step = step;
    }

    fn end_by_session(&mut self) {
        let step = if self.session {
            Step::Served
        } else {
            Step::Failed
        };
        self.end(step);
    }

    fn is_stopped(self) -> bool {
        self.frozen || self.step == Step::StoppedAtQuestion
    }
}

impl State {
    fn holder(&self, holds: impl Fn(&Process) -> bool) -> Option<&Process> {
        self.processes.iter().find(|process| holds(process))
    }

    fn count(&self, step: Step) -> usize {
        self.processes.iter().filter(|p| p.step == step).count()
    }

    /// A login ends with its question; a hook tells the others first.
    fn question_ends(&mut self, n: usize, late: bool) {
        if self.processes[n].login {
            self.processes[n].end_by_session();
            return;
        }
        self.processes[n].step = if late {
            Step::FreeAskLock
        } else {
            Step::Publish
        };
        for process in &mut self.processes {
            if process.step == Step::WaitForAskLock && process.answer == Answer::None {
                process.answer = Answer::Coming;
            }
        }
    }

    fn answer_is_there(&mut self) {
        for process in &mut self.processes {
            if process.answer == Answer::Coming {
                process.answer = Answer::There;
            }
        }
    }

    /// Grows with every event, so that no run repeats a state and every run ends.
    fn progress(&self) -> (u8, u8, u8, usize) {
        let steps = self.processes.iter().map(|p| p.step as usize).sum();
        (self.refusals, self.stops, self.deaths, steps)
    }
}

impl Model for Herd {
    type State = State;
    type Action = (usize, Event);

    fn init_states(&self) -> Vec<State> {
        (0..=2).map(Self::start).collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Self::Action>) {
        let mut events = Vec::new();
        for (n, process) in state.processes.iter().enumerate() {
            if n > 0 && state.processes[n - 1] == *process {
                continue;
            }
            events.clear();
            self.own_events(state, *process, &mut events);
            Self::events_from_outside(state, *process, &mut events);
            actions.extend(events.iter().map(|event| (n, *event)));
        }
    }

    fn next_state(&self, last: &State, (n, event): Self::Action) -> Option<State> {
        let mut state = *last;
        self.happen(&mut state, n, event);
        assert!(
            state.progress() > last.progress() || self.program != Program::Right,
            "{event:?} leads nowhere: {last:?}"
        );
        // Of a process that has ended, only the result matters.
        for process in &mut state.processes {
            if process.step.is_end() {
                process.seen = 0;
                process.session = false;
                if process.step != Step::LeaderFailed {
                    process.answer = Answer::None;
                }
            }
        }
        state.processes.sort_unstable();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(ONE_CODE, |_, state: &State| {
                state.count(Step::InFlight) <= 1
            }),
            Property::always(NO_CODE_IN_VAIN, |_, state: &State| {
                !state.record || state.count(Step::InFlight) == 0
            }),
            Property::always(ASKED_ONCE, |_, state: &State| {
                let owed = |p: &Process| p.step == Step::Ask && p.answer == Answer::There;
                !state.processes.iter().any(owed)
            }),
            Property::always(PUBLISHED_RIGHTLY, |_, state: &State| {
                let failed =
                    |p: &Process| p.step == Step::LeaderFailed && p.answer != Answer::There;
                !state.processes.iter().any(failed)
            }),
            Property::always(ENDS, |herd: &Herd, state: &State| {
                let mut events = Vec::new();
                for process in &state.processes {
                    herd.own_events(state, *process, &mut events);
                }
                let over = |p: &Process| p.step.is_end() || p.is_stopped();
                !events.is_empty() || state.processes.iter().all(over)
            }),
            Property::sometimes("one question serves everybody", |_, state: &State| {
                state.count(Step::Served) == PROCESSES && state.generation == 1
            }),
            Property::sometimes("one refusal is told to everybody", |_, state: &State| {
                state.count(Step::LeaderFailed) == PROCESSES - 1
            }),
            Property::sometimes("after a death the next one asks", |_, state: &State| {
                state.count(Step::Dead) == 1 && state.count(Step::Served) == PROCESSES - 1
            }),
            Property::sometimes("everybody leaves a stopped holder", |_, state: &State| {
                state.count(Step::GaveUp) == PROCESSES - 1
            }),
        ]
    }
}

#[test]
fn the_guarantees_hold_in_every_interleaving_of_four_processes() {
    let herd = Herd {
        program: Program::Right,
    };
    // 217,661 states, 48 steps at most.
    let checker = herd.checker().spawn_bfs().join();
    checker.assert_properties();
    let states = checker.unique_state_count();
    assert!(states > 200_000, "the model has shrunk to {states} states");
}

#[test]
fn each_injected_fault_violates_a_guarantee() {
    for (program, broken) in [
        (Program::WithoutCallLock, ONE_CODE),
        (Program::WithoutLookUnderCallLock, NO_CODE_IN_VAIN),
        (Program::StoresAfterCallLock, NO_CODE_IN_VAIN),
        (Program::PublishesAfterAskLock, ASKED_ONCE),
        (Program::WithoutLookAtOutcome, ASKED_ONCE),
        (Program::NotesGenerationUnderAskLock, ASKED_ONCE),
        (Program::PublishesBeforeAsking, PUBLISHED_RIGHTLY),
        (Program::WaitsForEver, ENDS),
    ] {
        let found = HasDiscoveries::AllOf([broken].into());
        let checker = Herd { program }.checker().finish_when(found);
        let checker = checker.spawn_bfs().join();
        assert!(
            checker.discovery(broken).is_some(),
            "{program:?} keeps: {broken}"
        );
    }
}
