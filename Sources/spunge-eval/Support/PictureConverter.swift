import Formats
import Foundation

/// Converts SVG drawings to PNG with a program installed on the system.
struct PictureConverter {
  private let program: URL
  private let tool: Tool

  /// Programs in order of preference.
  private enum Tool: String, CaseIterable {
    case rsvg = "rsvg-convert"
    case inkscape
    case chromium
    case chrome = "google-chrome"
  }

  /// - Throws: `PictureError.noProgram`.
  init(searchPath: String? = ProcessInfo.processInfo.environment["PATH"]) throws {
    let folders = (searchPath ?? "").split(separator: ":")
    for tool in Tool.allCases {
      for folder in folders {
        let path = "\(folder)/\(tool.rawValue)"
        guard FileManager.default.isExecutableFile(atPath: path) else { continue }
        program = URL(fileURLWithPath: path)
        self.tool = tool
        return
      }
    }
    throw PictureError.noProgram(Tool.allCases.map(\.rawValue))
  }

  /// Renders the drawing in `source` to `destination` at twice its size, atomically.
  ///
  /// - Parameters:
  ///   - size: width and height of the drawing, in pixels.
  /// - Throws: `PictureError.failed`.
  func convert(_ source: String, size: (width: Int, height: Int), to destination: String) throws {
    // The programs choose the format by the file's extension.
    let partial = "\(destination).partial-\(UInt32.random(in: 0...UInt32.max)).png"
    defer { unlink(partial) }
    let profile = FileManager.default.temporaryDirectory
      .appendingPathComponent("spunge-eval-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: profile) }
    let process = Process()
    process.executableURL = program
    process.arguments = arguments(source, size: size, to: partial, profile: profile.path)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let messages = Pipe()
    process.standardError = messages
    do {
      try process.run()
    } catch {
      throw PictureError.failed(program.path, source, "\(error.localizedDescription)")
    }
    let text = String(decoding: messages.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0, FileManager.default.fileExists(atPath: partial),
      rename(partial, destination) == 0
    else {
      throw PictureError.failed(
        program.path, source, text.isEmpty ? "status \(process.terminationStatus)" : text)
    }
  }

  private func arguments(
    _ source: String, size: (width: Int, height: Int), to destination: String, profile: String
  ) -> [String] {
    let path = URL(fileURLWithPath: destination).path
    switch tool {
    case .rsvg: return ["--zoom", "2", "--output", path, source]
    case .inkscape:
      return ["--export-type=png", "--export-dpi=192", "--export-filename=\(path)", source]
    case .chromium, .chrome:
      let options = [
        "--headless", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2",
        "--user-data-dir=\(profile)", "--window-size=\(size.width),\(size.height)",
        "--screenshot=\(path)", URL(fileURLWithPath: source).absoluteString,
      ]
      // Chromium refuses to run its sandbox as root; the drawing is our own.
      return (geteuid() == 0 ? ["--no-sandbox"] : []) + options
    }
  }
}

/// A PNG could not be made.
enum PictureError: InputFailure, CustomStringConvertible {
  case noProgram([String])
  case failed(String, String, String)

  var description: String {
    switch self {
    case .noProgram(let names):
      "no program in PATH can make PNG files (looked for \(names.joined(separator: ", "))); install "
        + "Debian's librsvg2-bin, or use --svg, which every browser can open"
    case .failed(let program, let source, let reason):
      "\(program) could not convert \(source): "
        + reason.trimmingCharacters(in: .whitespacesAndNewlines).shown()
    }
  }
}
