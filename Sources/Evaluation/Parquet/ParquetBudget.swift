/// How much a file may unfold to, so that a few bytes cannot fill the memory.
///
/// Run lengths and compression let a short file stand for any number of values. Real tables stay far
/// below these bounds, which grow with the file.
struct ParquetBudget {
  private var values: Int
  private var bytes: Int

  init(fileByteCount: Int) {
    values = max(1 << 20, fileByteCount.multipliedReportingOverflow(by: 64).partialValue)
    bytes = Self.unpackedByteLimit(packed: fileByteCount)
  }

  /// What `packed` bytes may be decompressed to; deflate cannot do more than 1032 to 1.
  static func unpackedByteLimit(packed: Int) -> Int {
    let (product, isTooLarge) = packed.multipliedReportingOverflow(by: 1100)
    return isTooLarge ? .max : max(256 << 20, product)
  }

  mutating func spend(values count: Int) throws(ParquetFault) {
    values -= count
    if values < 0 {
      throw ParquetFault("it announces far more values than a file of its size can hold")
    }
  }

  mutating func spend(bytes count: Int) throws(ParquetFault) {
    bytes -= count
    if bytes < 0 {
      throw ParquetFault("it unfolds to far more bytes than a file of its size can hold")
    }
  }
}
