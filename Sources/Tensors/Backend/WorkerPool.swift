import CKernels
import Foundation
import Synchronization

/// Worker threads of `parallelFor`, which spin briefly and then sleep.
///
/// A network's layer is a dozen short calls in succession; waking a sleeping thread for each would cost as much as the
/// shorter calls themselves. `@unchecked Sendable` holds because a job's fields are written only while it is closed and
/// read only between joining and leaving it.
final class WorkerPool: @unchecked Sendable {
  static let shared = WorkerPool()

  /// Number of polls before a thread sleeps, some tens of microseconds.
  private static let looks = 4000
  private static let closed = -1

  private let isTaken = Atomic<Bool>(false)
  /// Number of the current job; a change wakes the helpers.
  private let calls = Atomic<Int>(0)
  /// Number of helpers in the open job, or `closed`.
  private let joined = Atomic<Int>(closed)
  private let left = Atomic<Int>(0)
  private let sleeping = Atomic<Int>(0)
  private let bell = NSCondition()

  private let next = Atomic<Int>(0)
  private let helpers = Atomic<Int>(0)
  private var count = 0
  private var body: (@Sendable (Int) -> Void)?
  private var threads = 0

  /// Runs a job with the pool's threads.
  /// - Returns: false, without running the job, if the pool is busy.
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
    // Late helpers are no longer needed: wait only for items in progress.
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

  /// Joins the job unless it is closed or has enough helpers.
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

  /// Yields the processor after a while, since the awaited thread may need it.
  private func wait(_ looked: inout Int) {
    looked += 1
    if looked < Self.looks { sk_pause() } else { sched_yield() }
  }
}
