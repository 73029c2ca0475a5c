import Formats
import CSentencePiece

/// A SentencePiece model, loaded by Google's library.
///
/// Kudo, Richardson 2018, https://arxiv.org/abs/1808.06226
struct SentencePieceModel: Sendable {
  private let handle: SentencePieceTokenizer.Handle
  /// Number of pieces; every id is below it.
  let count: Int
  /// Where it comes from, for errors.
  private let path: String

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
    self.path = path
    handle = SentencePieceTokenizer.Handle(loaded)
    do throws(Failure) {
      _ = try Self.ids(handle, Self.probe)
    } catch {
      throw .sentencePiece(file: path, reason: error.reason)
    }
  }

  /// Text that shows when loading whether a damaged model encodes at all.
  private static let probe = Array(
    String(String.UnicodeScalarView((0..<0x300).map { Unicode.Scalar($0) ?? " " })).utf8)

  /// Why the library did not encode.
  private struct Failure: InputFailure {
    let reason: String
  }

  /// The text of an error message, which is freed.
  private static func taken(_ message: UnsafeMutablePointer<CChar>?) -> String {
    guard let message else { return "out of memory" }
    defer { ssp_free_memory(message) }
    return String(cString: message)
  }

  var unknownID: Int? { Self.id(ssp_unknown_id(handle.model)) }
  var beginID: Int? { Self.id(ssp_begin_id(handle.model)) }
  var endID: Int? { Self.id(ssp_end_id(handle.model)) }

  private static func id(_ id: Int32) -> Int? { id < 0 ? nil : Int(id) }

  /// Bytes of the piece `id`; nil if there is no such id.
  func piece(_ id: Int) -> [UInt8]? {
    guard let id = Int32(exactly: id) else { return nil }
    var length = 0
    guard let bytes = ssp_piece(handle.model, id, &length) else { return nil }
    return Array(UnsafeRawBufferPointer(start: bytes, count: length))
  }

  /// Id of a piece; nil if there is none with these bytes.
  func id(of piece: [UInt8]) -> Int? {
    let id = piece.withUnsafeBytes {
      ssp_id(handle.model, $0.bindMemory(to: CChar.self).baseAddress, $0.count)
    }
    return self.piece(Int(id)) == piece ? Int(id) : nil
  }

  /// Whether `id` is a control piece or the unknown piece, which stand for no text.
  func isSpecial(_ id: Int) -> Bool {
    guard (0..<count).contains(id) else { return false }
    let type = ssp_piece_type(handle.model, Int32(id))
    return type == ssp_type_control || type == ssp_type_unknown
  }

  /// Ids of UTF-8 text; control pieces written in it are text.
  ///
  /// - Throws: `TokenizerError.sentencePiece` for a damaged model.
  func encode(_ text: [UInt8]) throws(TokenizerError) -> [Int] {
    do throws(Failure) {
      return try Self.ids(handle, text)
    } catch {
      throw .sentencePiece(file: path, reason: error.reason)
    }
  }

  private static func ids(
    _ handle: SentencePieceTokenizer.Handle, _ text: [UInt8]
  ) throws(Failure) -> [Int] {
    var ids: UnsafeMutablePointer<Int32>?
    var count = 0
    var message: UnsafeMutablePointer<CChar>?
    let succeeded = text.withUnsafeBytes {
      ssp_encode(
        handle.model, $0.bindMemory(to: CChar.self).baseAddress, $0.count, &ids, &count, &message)
    }
    guard succeeded, let ids else { throw Failure(reason: taken(message)) }
    defer { ssp_free_memory(ids) }
    return UnsafeBufferPointer(start: ids, count: count).map { Int($0) }
  }
}
