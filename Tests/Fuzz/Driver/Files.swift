import Foundation

/// An input: bytes by their path below the folder that the command runs in.
struct Files: Sendable {
  var contents: [String: [UInt8]] = [:]

  init(_ contents: [String: [UInt8]] = [:]) { self.contents = contents }

  subscript(path: String) -> [UInt8] {
    get { contents[path] ?? [] }
    set { contents[path] = newValue }
  }

  subscript(text path: String) -> String {
    get { String(decoding: self[path], as: UTF8.self) }
    set { self[path] = Array(newValue.utf8) }
  }

  /// Files of a folder under Tests/Fixtures, below `place`.
  mutating func add(
    fixtures folder: String, to place: String, where keep: (String) -> Bool = { _ in true }
  ) throws {
    let root = Fixture.url(folder)
    let names =
      FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    for name in names.sorted() where keep(name) {
      let url = root.appending(path: name)
      guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else {
        continue
      }
      self["\(place)/\(name)"] = [UInt8](try Data(contentsOf: url))
    }
  }

  func write(to folder: String) throws {
    for (path, bytes) in contents {
      let url = URL(filePath: "\(folder)/\(path)")
      try FileManager.default.createDirectory(
        at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(bytes).write(to: url)
    }
  }
}

/// Files of the checkout that this program was compiled from.
enum Fixture {
  static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func url(_ path: String) -> URL { repository.appending(path: "Tests/Fixtures/\(path)") }

  static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(path))) }

  static func text(_ path: String) throws -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }
}
