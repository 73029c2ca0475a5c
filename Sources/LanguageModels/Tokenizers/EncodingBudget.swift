/// Limits for encoding one text, so that no tokenizer file can make a short text take hours or exhaust memory.
///
/// The limits are far above the needs of real tokenizers: they stop expressions that backtrack endlessly and
/// normalizers that make text grow.
struct EncodingBudget {
  /// Bytes that normalizers and decoders may still write.
  private var bytes: Int
  /// Processor time that expressions may still take.
  var nanoseconds: Int64

  /// The tokenizer's, for errors.
  private let file: String

  /// - Parameters:
  ///   - text: the bytes of the text.
  ///   - file: the tokenizer's, for errors.
  init(text: Int, file: String) {
    self.file = file
    bytes = 1 << 25 + 256 * min(text, 1 << 32)
    nanoseconds = 2_000_000_000 + 1000 * Int64(min(text, 1 << 32))
  }

  /// Takes off what a normalizer or decoder wrote, or is about to write.
  ///
  /// - Throws: `TokenizerError.tooCostly` if that is more than is left.
  mutating func spend(_ written: Int) throws(TokenizerError) {
    guard written <= bytes else {
      throw .tooCostly(
        file: file, field: "normalizer or decoder", reason: "it makes text grow without end")
    }
    bytes -= written
  }
}
