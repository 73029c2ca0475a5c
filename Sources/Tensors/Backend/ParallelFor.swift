import Foundation
import Synchronization

/// Runs `body(0)…body(count - 1)` on the process's threads: the only concurrency primitive of the numeric core.
///
/// Items are assigned as threads become free; an item's result must not depend on its thread. While one call is in
/// progress, nested and concurrent calls run on their own thread only.
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

/// The number of threads of `parallelFor`, a process-wide setting made at start.
package enum ThreadCount {
  private static let chosen = Atomic<Int>(0)
  /// Determined once, because on Linux each query reads control group files.
  private static let processors = ProcessInfo.processInfo.activeProcessorCount

  /// The number given to `set`, else the number of processors.
  package static var current: Int {
    let value = chosen.load(ordering: .relaxed)
    return value > 0 ? value : processors
  }

  /// - Parameter count: at least 1.
  package static func set(_ count: Int) { chosen.store(max(count, 1), ordering: .relaxed) }
}
