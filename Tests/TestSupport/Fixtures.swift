package import Foundation

/// Files under `Tests/Fixtures`.
package enum Fixtures {
  /// The folder itself.
  package static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

  /// Path of one of them, for example `goldens/reference.json`.
  package static func path(_ relative: String) -> String { folder.appending(path: relative).path }

  /// A folder under `tasks/` of this repository.
  package static func tasks(_ name: String) -> String {
    folder.deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "tasks/\(name)").path
  }

  /// A JSON fixture's top-level object.
  package static func json(_ relative: String) throws -> [String: Any] {
    let data = try Data(contentsOf: folder.appending(path: relative))
    return try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
  }

  /// A folder of reference data outside the repository, from the environment; `nil` when it is not set.
  package static func external(_ variable: String) -> URL? {
    ProcessInfo.processInfo.environment[variable].map { URL(filePath: $0) }
  }

  /// Shape and values of an I64 tensor in a safetensors fixture.
  package static func integers(_ relative: String, _ name: String) throws -> ([Int], [Int]) {
    let data = try Data(contentsOf: folder.appending(path: relative))
    let headerLength = data.prefix(8).enumerated().reduce(0) {
      $0 | Int($1.element) << (8 * $1.offset)
    }
    let header =
      try JSONSerialization.jsonObject(with: data[8..<8 + headerLength]) as? [String: Any]
    guard let entry = header?[name] as? [String: Any], let shape = entry["shape"] as? [Int],
      let offsets = entry["data_offsets"] as? [Int], entry["dtype"] as? String == "I64"
    else { throw CocoaError(.keyValueValidation) }
    let bytes = [UInt8](data[(8 + headerLength + offsets[0])..<(8 + headerLength + offsets[1])])
    let values = stride(from: 0, to: bytes.count, by: 8).map { first in
      (0..<8).reduce(0) { $0 | Int(bytes[first + $1]) << (8 * $1) }
    }
    return (shape, values)
  }
}
