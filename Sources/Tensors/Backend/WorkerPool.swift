import CKernels
import Foundation
import Synchronization

/// Threads that wait for `parallelFor`: for a moment awake, then asleep.
///
/// A network's layer is a dozen short calls one after another; waking a sleeping thread for each would cost as much as
/// the smaller ones take. `@unchecked Sendable` holds because a job's fields are written only while it is closed, and read
/// only between joining and leaving it.
final class WorkerPool: @unchecked Sendable {
  static let shared = WorkerPool()

  /// How often a thread looks for work before it sleeps: some tens of microseconds.
  private static let looks = 4000
  private static let closed = -1

  private let isTaken = Atomic<Bool>(false)
  /// Counts jobs; a change calls the helpers.
  private let calls = Atomic<Int>(0)
  /// Helpers at the open job, or `closed`.
  private let joined = Atomic<Int>(closed)
  private let left = Atomic<Int>(0)
  private let sleeping = Atomic<Int>(0)
  private let bell = NSCondition()

  private let next = Atomic<Int>(0)
  private let helpers = Atomic<Int>(0)
  private var count = 0
  private var body: (@Sendable (Int) -> Void)?
  private var threads = 0

  /// Runs a job with the help of the pool's threads.
  /// - Returns: false, with nothing done, if the pool has a job.
  func run(_ count: Int, helpers: Int, _ body: @escaping @Sendable (Int) -> Void) -> Bool {
    guard isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else { return false }
    while threads < helpers { start() }
    (self.count, self.body) = (count, body)
    self.helpers.store(helpers, ordering: .relaxed)
    next.store(0, ordering: .relaxed)
    left.store(0, ordering: .relaxed)
    joined.store(0, ordering: .releasing)
    calls.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if sleeping.load(ordering: .sequentiallyConsistent) > 0 {
      bell.lock()
      bell.broadcast()
      bell.unlock()
    }
    work()
    // Who has not come by now need not: what is left to wait for are items under way.
    let helping = joined.exchange(Self.closed, ordering: .acquiringAndReleasing)
    var looked = 0
    while left.load(ordering: .acquiring) < helping { wait(&looked) }
    self.body = nil
    isTaken.store(false, ordering: .releasing)
    return true
  }

  private func work() {
    guard let body else { return }
    let count = count
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      if index >= count { return }
      body(index)
    }
  }

  private func start() {
    threads += 1
    let seen = calls.load(ordering: .relaxed)
    Thread.detachNewThread { [self] in serve(after: seen) }
  }

  private func serve(after first: Int) -> Never {
    var seen = first
    while true {
      seen = nextCall(after: seen)
      if join() {
        work()
        left.wrappingAdd(1, ordering: .acquiringAndReleasing)
      }
    }
  }

  /// Enters the job, unless it is closed or has the helpers it asked for.
  private func join() -> Bool {
    var present = joined.load(ordering: .acquiring)
    while present >= 0, present < helpers.load(ordering: .relaxed) {
      let (entered, now) = joined.compareExchange(
        expected: present, desired: present + 1, ordering: .acquiringAndReleasing)
      if entered { return true }
      present = now
    }
    return false
  }

  private func nextCall(after seen: Int) -> Int {
    for _ in 0..<Self.looks {
      let now = calls.load(ordering: .acquiring)
      if now != seen { return now }
      sk_pause()
    }
    bell.lock()
    defer { bell.unlock() }
    sleeping.wrappingAdd(1, ordering: .sequentiallyConsistent)
    defer { sleeping.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
    while true {
      let now = calls.load(ordering: .sequentiallyConsistent)
      if now != seen { return now }
      bell.wait()
    }
  }

  /// Gives the processor away after a while: the thread waited for may need it.
  private func wait(_ looked: inout Int) {
    looked += 1
    if looked < Self.looks { sk_pause() } else { sched_yield() }
  }
}
