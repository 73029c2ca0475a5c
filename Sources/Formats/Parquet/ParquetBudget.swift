/// How much a file may unfold to, so that a few bytes cannot fill the memory.
///
/// Run lengths and compression let a short file stand for any number of values. Real tables stay far
/// below these bounds, which grow with the file.
struct ParquetBudget {
  private var values: Int
  private var bytes: Int

  /// More would not fit into the memory that reading may take.
  private static let valueLimit = 60_000_000
  private static let byteLimit = 3 << 30

  init(fileByteCount: Int) {
    let (product, isTooLarge) = fileByteCount.multipliedReportingOverflow(by: 64)
    values = isTooLarge ? Self.valueLimit : min(Self.valueLimit, max(1 << 20, product))
    bytes = min(Self.byteLimit, Self.unpackedByteLimit(packed: fileByteCount))
  }

  /// What `packed` bytes may be decompressed to; deflate cannot do more than 1032 to 1.
  static func unpackedByteLimit(packed: Int) -> Int {
    let (product, isTooLarge) = packed.multipliedReportingOverflow(by: 1100)
    return isTooLarge ? .max : max(256 << 20, product)
  }

  mutating func spend(values count: Int) throws(ParquetFault) {
    values -= count
    if values < 0 {
      throw ParquetFault(
        unsupported: "it holds more values than can be read of a file of its size",
        remedy: "split it, or write fewer columns")
    }
  }

  mutating func spend(bytes count: Int) throws(ParquetFault) {
    bytes -= count
    if bytes < 0 {
      throw ParquetFault(
        unsupported: "it unfolds to more bytes than can be read of a file of its size",
        remedy: "split it, or write fewer columns")
    }
  }
}
