import Formats

/// The entries of a zip file, all stored and none compressed, as `torch.save` writes them.
///
/// Format: PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3 (zip64).
struct ZipDirectory {
  /// Where each entry's bytes lie in the file.
  private(set) var entries: [String: Range<Int>] = [:]

  private let bytes: UnsafeRawBufferPointer
  private let path: String

  private static let endBytes = 22
  private static let maximumComment = 65535

  /// Reads the directory of the file `bytes`; `path` is for messages.
  init(_ bytes: UnsafeRawBufferPointer, path: String) throws(PyTorchArchiveError) {
    (self.bytes, self.path) = (bytes, path)
    let end = try endRecord()
    let directory = try directoryRange(end)
    var position = directory.lowerBound
    var spans: [(span: Range<Int>, name: String)] = []
    while position < directory.upperBound {
      let record = try entry(at: position, until: directory.upperBound)
      position = record.next
      guard entries.updateValue(record.data, forKey: record.name) == nil else {
        throw damaged("the entry '\(record.name.shown())' occurs twice")
      }
      guard record.span.upperBound <= directory.lowerBound else {
        throw damaged("the entry '\(record.name.shown())' runs into the directory")
      }
      spans.append((record.span, record.name))
    }
    spans.sort { $0.span.lowerBound < $1.span.lowerBound }
    for (first, second) in zip(spans, spans.dropFirst())
    where first.span.upperBound > second.span.lowerBound {
      throw damaged("the entries '\(first.name.shown())' and '\(second.name.shown())' overlap")
    }
  }

  private func damaged(_ reason: String) -> PyTorchArchiveError {
    .damagedZip(path: path, reason: reason)
  }

  private func number<Number: FixedWidthInteger>(
    _ type: Number.Type, at offset: Int
  ) throws(PyTorchArchiveError) -> Int {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<Number>.size else {
      throw damaged("the zip structure ends early")
    }
    let value = Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    guard let number = Int(exactly: value) else {
      throw damaged("the zip structure claims \(value) bytes")
    }
    return number
  }

  /// Offset of the end-of-directory record: the last place whose comment reaches exactly to the end.
  private func endRecord() throws(PyTorchArchiveError) -> Int {
    var offset = bytes.count - Self.endBytes
    let lowest = max(0, offset - Self.maximumComment)
    while offset >= lowest {
      if bytes[offset] == 0x50, try number(UInt32.self, at: offset) == 0x0605_4b50,
        offset + Self.endBytes + (try number(UInt16.self, at: offset + 20)) == bytes.count
      {
        return offset
      }
      offset -= 1
    }
    throw damaged("the zip directory at the file's end is missing")
  }

  private func directoryRange(_ end: Int) throws(PyTorchArchiveError) -> Range<Int> {
    var size = try number(UInt32.self, at: end + 12)
    var start = try number(UInt32.self, at: end + 16)
    var limit = end
    let locator = end - 20
    if locator >= 0, try number(UInt32.self, at: locator) == 0x0706_4b50 {
      let record = try number(UInt64.self, at: locator + 8)
      guard record <= locator - 56, try number(UInt32.self, at: record) == 0x0606_4b50 else {
        throw damaged("the zip64 directory record is not where it should be")
      }
      size = try number(UInt64.self, at: record + 40)
      start = try number(UInt64.self, at: record + 48)
      limit = record
    }
    guard start <= limit, size == limit - start else {
      throw damaged("the zip directory claims \(size) bytes from \(start), but ends at \(limit)")
    }
    return start..<limit
  }

  private struct Entry {
    let name: String
    let data: Range<Int>
    /// Local header and data.
    let span: Range<Int>
    /// Where the next directory entry begins.
    let next: Int
  }

  private func entry(at offset: Int, until end: Int) throws(PyTorchArchiveError) -> Entry {
    guard end - offset >= 46, try number(UInt32.self, at: offset) == 0x0201_4b50 else {
      throw damaged("the zip directory is garbled at byte \(offset)")
    }
    let nameBytes = try number(UInt16.self, at: offset + 28)
    let extraBytes = try number(UInt16.self, at: offset + 30)
    let next = offset + 46 + nameBytes + extraBytes + (try number(UInt16.self, at: offset + 32))
    guard next <= end else { throw damaged("the zip directory is garbled at byte \(offset)") }
    let name = String(decoding: bytes[offset + 46..<offset + 46 + nameBytes], as: UTF8.self)
    guard try number(UInt16.self, at: offset + 8) & 1 == 0 else {
      throw damaged("the entry '\(name.shown())' is encrypted")
    }
    guard try number(UInt16.self, at: offset + 10) == 0 else {
      throw damaged("the entry '\(name.shown())' is compressed, which torch.save never does")
    }
    var sizes = [
      try number(UInt32.self, at: offset + 24), try number(UInt32.self, at: offset + 20),
      try number(UInt32.self, at: offset + 42),
    ]
    let extra = offset + 46 + nameBytes
    try widen(&sizes, extra: extra..<extra + extraBytes)
    let (size, stored, header) = (sizes[0], sizes[1], sizes[2])
    guard size == stored else {
      throw damaged("the entry '\(name.shown())' has two different sizes")
    }
    guard header <= bytes.count - 30, try number(UInt32.self, at: header) == 0x0403_4b50 else {
      throw damaged("the entry '\(name.shown())' does not begin where the directory says")
    }
    let start =
      header + 30 + (try number(UInt16.self, at: header + 26))
      + (try number(UInt16.self, at: header + 28))
    guard start <= bytes.count, size <= bytes.count - start else {
      throw damaged(
        "the entry '\(name.shown())' claims \(size) bytes from byte \(start) of \(bytes.count)")
    }
    return Entry(name: name, data: start..<start + size, span: header..<start + size, next: next)
  }

  /// Replaces sizes that are all ones by the 64-bit numbers of the zip64 field, which holds only those.
  private func widen(_ sizes: inout [Int], extra: Range<Int>) throws(PyTorchArchiveError) {
    guard sizes.contains(0xFFFF_FFFF) else { return }
    var field = extra.lowerBound
    while field + 4 <= extra.upperBound {
      let (kind, count) = (
        try number(UInt16.self, at: field), try number(UInt16.self, at: field + 2)
      )
      let end = field + 4 + count
      guard end <= extra.upperBound else { break }
      if kind == 1 {
        var position = field + 4
        for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
          guard position + 8 <= end else { throw damaged("a zip64 field is too short") }
          sizes[index] = try number(UInt64.self, at: position)
          position += 8
        }
        return
      }
      field = end
    }
    throw damaged("an entry needs a zip64 field but has none")
  }
}
