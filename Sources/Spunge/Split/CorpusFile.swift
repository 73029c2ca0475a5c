import Formats
package import Foundation

/// Reads forget and retain corpora: JSON Lines with `text`, `prompt` and `completion`, or `ids`.
package enum CorpusFile {
  /// Maximum file size in bytes, since all rows are in memory together.
  private static let byteLimit = 3 << 30

  /// The documents of `files`, in order.
  ///
  /// Rows with blank text or empty ids are skipped and counted in `dropped`.
  ///
  /// - Throws: `SplitError` with file and line.
  package static func read(
    _ files: [URL]
  ) throws(SplitError) -> (documents: [ForgetDocument], dropped: Int) {
    var documents: [ForgetDocument] = []
    var dropped = 0
    for file in files {
      var bytes: [UInt8]
      do throws(ForeignFileFault) {
        bytes = try ForeignBytes.whole(path: file.path, limit: byteLimit)
      } catch {
        throw .unreadable(file: file.relativePath, reason: error.problem)
      }
      // No copy: the whole file is in memory already.
      let read = bytes.withUnsafeMutableBytes { buffer in
        Result { () throws(SplitError) in
          let data = buffer.baseAddress.map {
            Data(bytesNoCopy: $0, count: buffer.count, deallocator: .none)
          }
          return try parse(data ?? Data(), file: file.relativePath)
        }
      }
      documents += try read.get().documents
      dropped += try read.get().dropped
    }
    guard !documents.isEmpty else { throw .noDocuments(files: files.map(\.relativePath)) }
    return (documents, dropped)
  }

  /// The documents of one file's bytes.
  package static func parse(
    _ data: Data, file: String
  ) throws(SplitError) -> (documents: [ForgetDocument], dropped: Int) {
    let decoder = JSONDecoder()
    var documents: [ForgetDocument] = []
    var dropped = 0
    let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() where !bytes.allSatisfy(isBlank) {
      let line = index + 1
      let row: [String: Column]
      do { row = try decoder.decode([String: Column].self, from: bytes) } catch {
        throw .invalidRow(
          file: file, line: line,
          reason: "not a JSON object; write each row as {\"text\": …} or {\"ids\": […]} on one line"
        )
      }
      guard let content = try content(of: row, file: file, line: line) else {
        dropped += 1
        continue
      }
      var attributes = row.compactMapValues(\.text)
      attributes["text"] = nil
      if case .completion = content {
        attributes["prompt"] = nil
        attributes["completion"] = nil
      }
      documents.append(.init(content, attributes: attributes, file: file, line: line))
    }
    return (documents, dropped)
  }

  private static func content(
    of row: [String: Column], file: String, line: Int
  ) throws(SplitError) -> ForgetDocument.Content? {
    if row["text"] == nil, row["ids"] == nil, case .string(let prompt) = row["prompt"],
      case .string(let text) = row["completion"]
    {
      return text.allSatisfy(\.isWhitespace) ? nil : .completion(prompt: prompt, text: text)
    }
    switch (row["text"], row["ids"]) {
    case (.string(let text), nil):
      return text.allSatisfy(\.isWhitespace) ? nil : .text(text)
    case (nil, .ids(let ids)):
      return ids.isEmpty ? nil : .ids(ids)
    case (nil, nil):
      let known = NameList.text(row.keys.sorted())
      throw .invalidRow(
        file: file, line: line,
        reason: "the row has neither 'text' nor 'ids', nor 'prompt' and 'completion'; "
          + "its columns are: \(known)")
    case (.some, .some):
      throw .invalidRow(
        file: file, line: line, reason: "the row has both 'text' and 'ids'; keep one of them")
    case (.some, nil):
      throw .invalidRow(file: file, line: line, reason: "'text' is not a string")
    case (nil, .some):
      throw .invalidRow(
        file: file, line: line, reason: "'ids' is not a list of token ids (whole numbers ≥ 0)")
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0d || byte == 0x09
  }
}

/// A column's value, reduced to what a corpus needs.
private enum Column: Decodable {
  case string(String)
  case scalar(String)
  case ids([Int])
  case other

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let string = try? container.decode(String.self) {
      self = .string(string)
    } else if let bool = try? container.decode(Bool.self) {
      self = .scalar("\(bool)")
    } else if let integer = try? container.decode(Int.self) {
      self = .scalar("\(integer)")
    } else if let number = try? container.decode(Double.self) {
      self = .scalar("\(number)")
    } else if let ids = try? container.decode([Int].self), ids.allSatisfy({ $0 >= 0 }) {
      self = .ids(ids)
    } else {
      self = .other
    }
  }

  var text: String? {
    switch self {
    case .string(let text), .scalar(let text): text
    case .ids, .other: nil
    }
  }
}
