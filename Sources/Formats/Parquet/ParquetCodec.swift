/// How pages are compressed.
struct ParquetCodec {
  /// In the order of their codes in files.
  private static let names = [
    "UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW",
  ]
  private let name: String
  private let decompression: Decompression?

  var isCompressed: Bool { decompression != nil }

  init(_ code: Int) throws(ParquetFault) {
    guard Self.names.indices.contains(code) else {
      throw ParquetFault("it is compressed with the unknown codec \(code)")
    }
    name = Self.names[code]
    switch code {
    case 0: decompression = nil
    case 1: decompression = .snappy
    case 2: decompression = .gzip
    case 4: decompression = .brotli
    case 5: decompression = .lz4Hadoop
    case 6: decompression = .zstd
    case 7: decompression = .lz4
    default:
      throw ParquetFault(
        unsupported: "it is compressed with \(name), which hardly anything writes")
    }
  }

  /// - Parameter size: bytes that must come out.
  func unpack(
    _ bytes: ArraySlice<UInt8>, size: Int
  ) throws(ParquetFault) -> ArraySlice<UInt8> {
    guard let decompression else { return bytes }
    // Writers leave out the frame around nothing.
    if bytes.isEmpty, size == 0 { return [] }
    let unpacked = try? decompression.unpack(bytes, limit: size)
    guard let unpacked, unpacked.count == size else {
      throw ParquetFault("the \(name) data do not unpack to the announced \(size) bytes")
    }
    return unpacked[...]
  }
}
