/// What is wrong with a Parquet file; whoever knows the place adds it on the way up.
struct ParquetFault: InputFailure {
  var problem: String

  /// The file contradicts itself or ends too early.
  init(_ problem: String) { self.problem = problem + "; the file is damaged, fetch it again" }

  /// The file may be right, but this reader does not do what it needs; `remedy` is what helps.
  init(unsupported problem: String, remedy: String = Self.rewriting) {
    self.problem = "\(problem); \(remedy)"
  }

  static let rewriting = "write it again, for example with pyarrow.parquet.write_table"

  /// The same fault with the place in front of it.
  func inside(_ place: String) -> ParquetFault {
    var fault = self
    fault.problem = "\(place): \(problem)"
    return fault
  }
}
