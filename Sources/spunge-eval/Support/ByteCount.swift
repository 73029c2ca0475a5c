import ArgumentParser

/// A number of bytes such as `500M`, `8G` or `1000000`; K, M and G are powers of 1024.
struct ByteCount: ExpressibleByArgument {
  let count: Int

  init?(argument: String) {
    let units: [Character: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    let unit = argument.uppercased().last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? argument[...] : argument.dropLast()),
      number > 0, number * Double(unit ?? 1) < 1e18
    else { return nil }
    count = Int(number * Double(unit ?? 1))
  }
}
