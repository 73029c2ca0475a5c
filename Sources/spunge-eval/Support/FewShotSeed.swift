import ArgumentParser

/// The seed of the few-shot draws.
struct FewShotSeed: ExpressibleByArgument, Equatable {
  let value: UInt64
  /// The harness's seeds of Python, NumPy and PyTorch, which its results files record.
  var others = [0, 1234, 1234]

  init(value: UInt64) { self.value = value }

  /// One number, or the harness's list for Python, NumPy, PyTorch and few-shot draws.
  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
    guard [1, 4].contains(parts.count), let seed = UInt64(parts[parts.count - 1]) else {
      return nil
    }
    value = seed
    let given = parts.map { Int($0) ?? 0 }
    others = given.count == 1 ? Array(repeating: given[0], count: 3) : Array(given.prefix(3))
  }

  var defaultValueDescription: String { "\(value)" }
}
