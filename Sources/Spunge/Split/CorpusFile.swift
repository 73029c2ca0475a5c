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
      var bytes: ForeignBytes
      do throws(ForeignFileFault) {
        bytes = try ForeignBytes(path: file.path, limit: byteLimit)
        try bytes.readAll()
        try bytes.dropByteOrderMark()
      } catch {
        throw .unreadable(file: file.relativePath, reason: error.problem)
      }
      let read = try parse(bytes.bytes, file: file.relativePath)
      documents += read.documents
      dropped += read.dropped
    }
    guard !documents.isEmpty else { throw .noDocuments(files: files.map(\.relativePath)) }
    return (documents, dropped)
  }

  /// The documents of one file's bytes.
  package static func parse(
    _ bytes: [UInt8], file: String
  ) throws(SplitError) -> (documents: [ForgetDocument], dropped: Int) {
    var documents: [ForgetDocument] = []
    var dropped = 0
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, bytes) in lines.enumerated() where !bytes.allSatisfy(isBlank) {
      let line = index + 1
      guard let row = (try? JSON.parse(Array(bytes), .foundation))?.mapping else {
        throw .invalidRow(
          file: file, line: line,
          reason: "not a JSON object; write each row as {\"text\": …} or {\"ids\": […]} on one line"
        )
      }
      guard let content = try content(of: row, file: file, line: line) else {
        dropped += 1
        continue
      }
      var attributes: [String: String] = [:]
      for (name, value) in zip(row.names, row.values) { attributes[name] = text(value) }
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
    of row: Mapping, file: String, line: Int
  ) throws(SplitError) -> ForgetDocument.Content? {
    if row["text"] == nil, row["ids"] == nil, let prompt = row["prompt"]?.string,
      let text = row["completion"]?.string
    {
      return text.allSatisfy(\.isWhitespace) ? nil : .completion(prompt: prompt, text: text)
    }
    switch (row["text"], row["ids"]) {
    case (.string(let text), nil):
      return text.allSatisfy(\.isWhitespace) ? nil : .text(text)
    case (nil, let value?):
      guard let ids = ids(value) else {
        throw .invalidRow(
          file: file, line: line,
          reason: "'ids' is not a list of token ids (whole numbers ≥ 0)")
      }
      return ids.isEmpty ? nil : .ids(ids)
    case (nil, nil):
      let known = NameList.text(row.names.sorted())
      throw .invalidRow(
        file: file, line: line,
        reason: "the row has neither 'text' nor 'ids', nor 'prompt' and 'completion'; "
          + "its columns are: \(known)")
    case (.some, .some):
      throw .invalidRow(
        file: file, line: line, reason: "the row has both 'text' and 'ids'; keep one of them")
    case (.some, nil):
      throw .invalidRow(file: file, line: line, reason: "'text' is not a string")
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0d || byte == 0x09
  }

  /// A column's value as an attribute; nil for lists, objects and null.
  private static func text(_ value: Value) -> String? {
    switch value {
    case .string(let text): text
    case .bool(let value): "\(value)"
    case .float(let number): whole(value).map { "\($0)" } ?? "\(number)"
    default: whole(value).map { "\($0)" }
    }
  }

  private static func ids(_ value: Value) -> [Int]? {
    let ids = value.list?.compactMap(whole).filter { $0 >= 0 }
    return ids?.count == value.list?.count ? ids : nil
  }

  /// A whole number, which `2.0` is, too.
  private static func whole(_ value: Value) -> Int? {
    value.integer ?? value.number.flatMap { Int(exactly: $0) }
  }
}
