import Foundation

/// The machine that a run executes on.
package struct Machine: Codable, Hashable, Sendable {
  package var processor: String
  /// Processor features that select kernels, as Linux spells them.
  package var features: [String]
  /// Processors that this process may use.
  package var cores: Int
  package var memoryBytes: Int
  package var operatingSystem: String

  /// Features that select kernels here or in OpenBLAS.
  package static let relevantFeatures = [
    "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx512_bf16",
    "avx512_fp16", "amx_tile", "amx_bf16",
  ]

  package init(
    processor: String, features: [String], cores: Int, memoryBytes: Int, operatingSystem: String
  ) {
    self.processor = processor
    self.features = features
    self.cores = cores
    self.memoryBytes = memoryBytes
    self.operatingSystem = operatingSystem
  }

  /// This machine.
  package static func current() -> Machine {
    let processorInfo = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let process = ProcessInfo.processInfo
    return Machine(
      processor: value(of: "model name", in: processorInfo) ?? "unknown",
      features: features(in: processorInfo), cores: process.activeProcessorCount,
      memoryBytes: Int(clamping: process.physicalMemory),
      operatingSystem: process.operatingSystemVersionString)
  }

  /// The relevant features among the flags of `/proc/cpuinfo`.
  package static func features(in processorInfo: String) -> [String] {
    let flags = Set((value(of: "flags", in: processorInfo) ?? "").split(separator: " "))
    return relevantFeatures.filter { flags.contains(Substring($0)) }
  }

  /// Available memory in bytes (MemAvailable).
  package static func availableMemory() -> Int? {
    let memoryInfo = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
    let kibibytes = value(of: "MemAvailable", in: memoryInfo)?.split(separator: " ").first
    return kibibytes.flatMap { Int($0) }.map { $0 * 1024 }
  }

  /// The text after `key :` in the first line that starts with `key`.
  private static func value(of key: String, in text: String) -> String? {
    for line in text.split(separator: "\n") where line.hasPrefix(key) {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 { return parts[1].trimmingCharacters(in: .whitespaces) }
    }
    return nil
  }
}
