import Foundation

/// One of the system's libraries that the arithmetic and the tokenizers rest on.
package struct InstalledLibrary: Sendable {
  package let name: String
  /// Debian package that brings it.
  package let package: String
  private let fileNames: [String]
  private let readVersion: @Sendable (UnsafeMutableRawPointer) -> String?

  package static let openBLAS = InstalledLibrary(
    name: "OpenBLAS", package: "libopenblas-dev", fileNames: ["libopenblas.so.0"],
    readVersion: { library in
      typealias Configuration = @convention(c) () -> UnsafePointer<CChar>?
      return dlsym(library, "openblas_get_config")
        .flatMap { unsafeBitCast($0, to: Configuration.self)() }
        .map { String(cString: $0).trimmingCharacters(in: .whitespaces) }
    })

  package static let oneDNN = InstalledLibrary(
    name: "oneDNN", package: "libdnnl-dev", fileNames: ["libdnnl.so.3", "libdnnl.so.2"],
    readVersion: { library in
      // The structure begins with three numbers in every version: major, minor, patch.
      typealias Version = @convention(c) () -> UnsafePointer<Int32>?
      return dlsym(library, "dnnl_version")
        .flatMap { unsafeBitCast($0, to: Version.self)() }
        .map { "\($0[0]).\($0[1]).\($0[2])" }
    })

  package static let sentencePiece = InstalledLibrary(
    name: "SentencePiece", package: "libsentencepiece-dev",
    fileNames: ["libsentencepiece.so.0"], readVersion: { _ in nil })

  package static let all = [openBLAS, oneDNN, sentencePiece]

  /// What is installed: a version, or the file's name when the library does not tell; nil without it.
  package func version() -> String? {
    // One that the program runs with comes before others that happen to be installed.
    for mode in [RTLD_LAZY | RTLD_NOLOAD, RTLD_LAZY] {
      for fileName in fileNames {
        guard let library = dlopen(fileName, mode) else { continue }
        defer { dlclose(library) }
        return readVersion(library) ?? fileName
      }
    }
    return nil
  }
}
