import Synchronization

/// Runs `body` for 0 ..< `count` on the process's threads, each with its own state.
///
/// Which items share a state depends on timing, so states must be combined by order-independent operations: integer
/// sums, minima, set unions.
///
/// - Parameters:
///   - count: number of work items.
///   - make: creates a thread's initial state.
///   - body: adds one item to a state.
/// - Returns: the states, at least one.
/// - Throws: the error of the lowest item that threw, regardless of timing.
package func parallelAccumulate<State: Sendable>(
  _ count: Int, _ make: @Sendable () -> State,
  _ body: @Sendable (inout State, Int) throws -> Void
) throws -> [State] {
  let workers = max(1, min(ThreadCount.current, count))
  let next = Atomic<Int>(0)
  let outcome = Mutex<Outcome<State>>(Outcome())
  parallelFor(workers) { _ in
    var state = make()
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { break }
      do { try body(&state, index) } catch {
        // All lower items have been started and will finish.
        next.store(count, ordering: .relaxed)
        outcome.withLock { $0.note(error, at: index) }
        return
      }
    }
    outcome.withLock { $0.states.append(state) }
  }
  let (states, failure) = outcome.withLock { ($0.states, $0.failure) }
  if let failure { throw failure.error }
  return states
}

/// `body(0)…body(count - 1)`, in this order, computed on the process's threads.
///
/// - Throws: the error of the lowest item that threw.
package func parallelMap<Result: Sendable>(
  _ count: Int, _ body: @Sendable (Int) throws -> Result
) throws -> [Result] {
  let pieces = try parallelAccumulate(count, { [(index: Int, result: Result)]() }) { list, index in
    list.append((index, try body(index)))
  }
  return pieces.joined().sorted { $0.index < $1.index }.map(\.result)
}

private struct Outcome<State> {
  var states: [State] = []
  var failure: (index: Int, error: any Error)?

  mutating func note(_ error: any Error, at index: Int) {
    if let failure, failure.index < index { return }
    failure = (index, error)
  }
}
