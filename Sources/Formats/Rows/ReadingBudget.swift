/// How much memory the rows of one file may fill, roughly; so a file that is short because it is
/// compressed, or whose rows are tiny, cannot fill the machine.
struct ReadingBudget {
  let path: String
  private var left = 3 << 30
  private var rowCount = 0
  /// A row without anything in it.
  private static let rowByteCount = 150

  init(path: String) { self.path = path }

  /// - Parameter bytes: what is in the row.
  mutating func spend(row bytes: Int) throws(ReadingError) {
    rowCount += 1
    left -= Self.rowByteCount + bytes
    guard left >= 0 else {
      throw .unreadable(
        path: path,
        problem: "row \(rowCount): the rows up to here fill 3 GiB of memory; split the file")
    }
  }

  /// Memory of a text inside of a row.
  static func byteCount(text count: Int) -> Int { count < 16 ? 24 : 24 + 32 + count }
}
