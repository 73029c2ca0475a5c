import ArgumentParser

/// How many documents of a task: a number or a fraction.
struct Limit: ExpressibleByArgument, Equatable {
  /// As given: a number of documents if at least 1, else a fraction.
  let value: Double

  init?(argument: String) {
    guard let value = Double(argument), value > 0, value < 1 || value == value.rounded(),
      value < 1e15
    else { return nil }
    self.value = value
  }

  /// The number of documents out of `count`; a fraction is rounded up.
  func documents(of count: Int) -> Int {
    value < 1 ? Int((Double(count) * value).rounded(.up)) : Int(value)
  }

  var defaultValueDescription: String { value < 1 ? "\(value)" : "\(Int(value))" }
}
