import Foundation
import Tensors

/// A system library that arithmetic, tokenizers or data files depend on.
package struct LoadedLibrary: Sendable, Hashable, Codable {
  package var name: String
  /// Debian package that contains it.
  package var package: String
  /// The file loaded by this process; nil if it is not loaded.
  package var file: String?
  /// The library's version, if it reports one.
  package var version: String?

  package init(name: String, package: String, file: String? = nil, version: String? = nil) {
    self.name = name
    self.package = package
    self.file = file
    self.version = version
  }

  /// The libraries loaded by this process.
  package static func all() -> [LoadedLibrary] {
    // The kernel gives this file in pieces, of which `String(contentsOfFile:)` takes only the first.
    let mapsFile = FileHandle(forReadingAtPath: "/proc/self/maps")
    let maps = String(decoding: (try? mapsFile?.readToEnd()) ?? Data(), as: UTF8.self)
    return [
      LoadedLibrary(
        name: "OpenBLAS", package: "libopenblas-dev", file: file("libopenblas", in: maps),
        version: OpenBLAS.configuration.trimmingCharacters(in: .whitespaces)),
      LoadedLibrary(
        name: "SentencePiece", package: "libsentencepiece-dev",
        file: file("libsentencepiece", in: maps)),
      LoadedLibrary(name: "Snappy", package: "libsnappy-dev", file: file("libsnappy", in: maps)),
      LoadedLibrary(name: "Zstandard", package: "libzstd-dev", file: file("libzstd", in: maps)),
      LoadedLibrary(name: "zlib", package: "zlib1g-dev", file: file("libz.so", in: maps)),
    ]
  }

  /// The first mapped shared library whose file name starts with `prefix`.
  package static func file(_ prefix: String, in maps: String) -> String? {
    for line in maps.split(separator: "\n") {
      guard let start = line.firstIndex(of: "/") else { continue }
      let path = String(line[start...])
      let name = (path as NSString).lastPathComponent
      if name.hasPrefix(prefix), name.contains(".so") { return path }
    }
    return nil
  }
}
