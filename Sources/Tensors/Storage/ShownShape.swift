extension [Int] {
  /// A shape as quoted in messages, abbreviated because a file may claim millions of dimensions.
  package var shown: String {
    let most = 8
    guard count > most else { return "\(self)" }
    return "\(Array(prefix(most)))".dropLast() + ", … (\(count) in all)]"
  }
}
