/// How pages are compressed; raw values as in the file.
enum ParquetCodec: Int {
  case uncompressed, snappy, gzip, lzo, brotli, lz4, zstd, lz4Raw

  private var decompression: Decompression? {
    switch self {
    case .snappy: .snappy
    case .gzip: .gzip
    case .zstd: .zstd
    case .uncompressed, .lzo, .brotli, .lz4, .lz4Raw: nil
    }
  }

  init(_ code: Int) throws(ParquetFault) {
    guard let codec = ParquetCodec(rawValue: code) else {
      throw ParquetFault("it is compressed with the unknown codec \(code)")
    }
    guard codec == .uncompressed || codec.decompression != nil else {
      throw ParquetFault(
        unsupported: "it is compressed with \(codec), which is not among snappy, gzip and zstd")
    }
    self = codec
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
      throw ParquetFault("the \(self) data do not unpack to the announced \(size) bytes")
    }
    return unpacked[...]
  }
}
