import Tensors

/// Draws that depend only on the generator's bits, so that they do not change with the standard library.
extension RandomSource {
  /// A number in `0 ..< count`.
  mutating func index(below count: Int) -> Int {
    precondition(count > 0, "a draw from nothing")
    return Int(uniform() * Double(count))
  }

  /// One of `items`, all equally likely.
  mutating func element<Item>(of items: [Item]) -> Item { items[index(below: items.count)] }

  /// `count` different ones of `items`, in random order.
  mutating func elements<Item>(_ count: Int, of items: [Item]) -> [Item] {
    Array(shuffled(items).prefix(count))
  }

  /// True with `probability`.
  mutating func chance(_ probability: Double) -> Bool { uniform() < probability }

  /// An index into `weights`, likely in proportion to its weight.
  mutating func index(weights: [Double]) -> Int {
    var rest = uniform() * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return index }
    }
    return weights.count - 1
  }

  /// `items` in random order (Fisher and Yates).
  mutating func shuffled<Item>(_ items: [Item]) -> [Item] {
    var result = items
    for last in stride(from: result.count - 1, to: 0, by: -1) {
      result.swapAt(last, index(below: last + 1))
    }
    return result
  }
}

/// A number in 0..<1 that depends only on `text` and assigns it to a split.
func share(of text: String) -> Double {
  var random = RandomSource(seed: 0).child(named: text)
  return random.uniform()
}

/// `template` with each `{slot}` replaced by `filler`, which is called once per distinct slot.
func filled(_ template: String, _ filler: (Substring) -> String) -> String {
  var (result, rest) = ("", template[...])
  var given: [Substring: String] = [:]
  while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
    let slot = rest[rest.index(after: open)..<close]
    let text = given[slot] ?? filler(slot)
    given[slot] = text
    result += rest[..<open] + text
    rest = rest[rest.index(after: close)...]
  }
  return result + rest
}
