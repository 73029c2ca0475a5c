import CCodecs

/// Decompression by the system's libraries.
enum Decompression: Sendable {
  case snappy, gzip, zstd, lz4, lz4Hadoop, brotli

  enum Fault: InputFailure {
    case malformed, tooLarge
  }

  /// Unpacks all of `bytes`.
  ///
  /// - Parameter limit: the most bytes that may come out.
  func unpack(_ bytes: ArraySlice<UInt8>, limit: Int) throws(Fault) -> [UInt8] {
    var result: Int64 = 0
    // At least one byte, so that the destination has an address.
    let unpacked = [UInt8](unsafeUninitializedCapacity: max(1, limit)) { destination, count in
      result = bytes.withUnsafeBufferPointer { source in
        let size = Int64(source.count)
        let (base, capacity) = (destination.baseAddress, Int64(limit))
        return switch self {
        case .snappy: sdc_snappy(source.baseAddress, size, base, capacity)
        case .gzip: sdc_gzip(source.baseAddress, size, base, capacity)
        case .zstd: sdc_zstd(source.baseAddress, size, base, capacity)
        case .lz4: sdc_lz4(source.baseAddress, size, base, capacity)
        case .lz4Hadoop: sdc_lz4_hadoop(source.baseAddress, size, base, capacity)
        case .brotli: sdc_brotli(source.baseAddress, size, base, capacity)
        }
      }
      count = max(0, Int(result))
    }
    if result == SDC_TOO_LARGE { throw .tooLarge }
    if result < 0 { throw .malformed }
    return unpacked
  }

  /// What gzip says at its end of the last member's size; a hint only.
  private func announcedSize(_ bytes: ArraySlice<UInt8>) -> Int {
    guard self == .gzip else { return 0 }
    return bytes.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// The checksum that Parquet keeps of a page.
  static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { sdc_crc32($0.baseAddress, Int64($0.count)) }
  }

  /// Unpacks all of `bytes` when it is not known how much comes out.
  ///
  /// - Parameter limit: the most bytes that may come out.
  func unpackGrowing(_ bytes: ArraySlice<UInt8>, limit: Int) throws(Fault) -> [UInt8] {
    var capacity = min(limit, max(1 << 16, bytes.count / 2 * 16, announcedSize(bytes)))
    while true {
      do throws(Fault) {
        return try unpack(bytes, limit: capacity)
      } catch {
        guard error == .tooLarge, capacity < limit else { throw error }
        capacity = capacity > limit / 4 ? limit : capacity * 4
      }
    }
  }
}
