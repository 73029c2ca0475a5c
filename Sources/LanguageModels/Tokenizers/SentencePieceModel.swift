import CSentencePiece

/// A SentencePiece model, loaded by Google's library.
///
/// Kudo, Richardson 2018, https://arxiv.org/abs/1808.06226
final class SentencePieceModel: @unchecked Sendable {
  // Unchecked: never changes after init, and the library encodes from many threads at once.
  private let model: OpaquePointer
  /// Number of pieces; every id is below it.
  let count: Int

  /// Loads a serialised ModelProto.
  ///
  /// - Parameter path: where it comes from, for errors.
  init(_ bytes: [UInt8], path: String) throws(TokenizerError) {
    var message: UnsafeMutablePointer<CChar>?
    let loaded = bytes.withUnsafeBytes { ssp_load($0.baseAddress, $0.count, &message) }
    guard let loaded else {
      throw .sentencePiece(file: path, reason: Self.taken(message))
    }
    count = Int(ssp_size(loaded))
    model = loaded
  }

  deinit { ssp_free(model) }

  /// The text of an error message, which is freed.
  private static func taken(_ message: UnsafeMutablePointer<CChar>?) -> String {
    guard let message else { return "out of memory" }
    defer { ssp_free_memory(message) }
    return String(cString: message)
  }

  var unknownID: Int? { Self.id(ssp_unknown_id(model)) }
  var beginID: Int? { Self.id(ssp_begin_id(model)) }
  var endID: Int? { Self.id(ssp_end_id(model)) }

  private static func id(_ id: Int32) -> Int? { id < 0 ? nil : Int(id) }

  /// Bytes of the piece `id`; nil if there is no such id.
  func piece(_ id: Int) -> [UInt8]? {
    guard let id = Int32(exactly: id) else { return nil }
    var length = 0
    guard let bytes = ssp_piece(model, id, &length) else { return nil }
    return Array(UnsafeRawBufferPointer(start: bytes, count: length))
  }

  /// Id of a piece; nil if there is none with these bytes.
  func id(of piece: [UInt8]) -> Int? {
    let id = piece.withUnsafeBytes { ssp_id(model, $0.bindMemory(to: CChar.self).baseAddress, $0.count) }
    return self.piece(Int(id)) == piece ? Int(id) : nil
  }

  /// Whether `id` is a control piece or the unknown piece, which stand for no text.
  func isSpecial(_ id: Int) -> Bool {
    guard (0..<count).contains(id) else { return false }
    let type = ssp_piece_type(model, Int32(id))
    return type == ssp_type_control || type == ssp_type_unknown
  }

  /// Ids of UTF-8 text; control pieces written in it are text.
  func encode(_ text: [UInt8]) -> [Int] {
    var ids: UnsafeMutablePointer<Int32>?
    var idCount = 0
    var message: UnsafeMutablePointer<CChar>?
    let succeeded = text.withUnsafeBytes {
      ssp_encode(
        model, $0.bindMemory(to: CChar.self).baseAddress, $0.count, &ids, &idCount, &message)
    }
    guard succeeded, let ids else {
      // Encoding text with a loaded model only fails without memory.
      preconditionFailure("SentencePiece: \(Self.taken(message))")
    }
    defer { ssp_free_memory(ids) }
    return UnsafeBufferPointer(start: ids, count: idCount).map { Int($0) }
  }
}
