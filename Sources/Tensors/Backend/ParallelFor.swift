import Foundation
import Synchronization

/// Runs `body(0)…body(count - 1)` on the process's threads: the only concurrency primitive of the numeric core.
///
/// Items are handed out as threads become free; an item's result must not depend on the thread that runs it. While one
/// call is at work, others (from inside it, or from other threads) run on their own thread alone.
/// - Parameters:
///   - count: number of work items.
///   - body: called once per index, from several threads at once.
package func parallelFor(_ count: Int, _ body: @Sendable (Int) -> Void) {
  let workers = min(ThreadCount.current, count)
  guard workers > 1 else {
    for index in 0..<max(count, 0) { body(index) }
    return
  }
  withoutActuallyEscaping(body) { body in
    if WorkerPool.shared.run(count, helpers: workers - 1, body) { return }
    for index in 0..<count { body(index) }
  }
}

/// How many threads `parallelFor` uses; a setting of the process, made once at start.
package enum ThreadCount {
  private static let chosen = Atomic<Int>(0)
  /// Asked once: on Linux each question reads files of the control group.
  private static let processors = ProcessInfo.processInfo.activeProcessorCount

  /// What `set` chose, else the number of processors.
  package static var current: Int {
    let value = chosen.load(ordering: .relaxed)
    return value > 0 ? value : processors
  }

  /// - Parameter count: at least 1.
  package static func set(_ count: Int) { chosen.store(max(count, 1), ordering: .relaxed) }
}
