import ArgumentParser
import Formats
import Foundation
import LanguageModels
import Spunge
import Tensors

struct Doctor: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says what this machine offers, what is missing, and how to get it.")

  @Flag(help: "Print JSON.") var json = false
  @Option(help: "Work folder, whose disk is looked at.") var work = ".spunge"

  func run() throws {
    let report = DoctorReport(
      work: work, environment: ProcessInfo.processInfo.environment, libraries: LoadedLibrary.all(),
      machine: .current())
    if json {
      try Output.print(json: JSON.text(report))
    } else {
      try Output.print(report.text, terminator: "")
    }
    if report.libraries.contains(where: { $0.file == nil }) {
      throw ExitCode(ExitStatus.runFailed.rawValue)
    }
  }
}

/// What `doctor` found.
struct DoctorReport: Encodable {
  let machine: Machine
  /// Version of the kernels that runs, `avx512`, `avx2` or `portable`; all give the same bits.
  let kernels: InstructionSet
  /// How bfloat16 numbers are multiplied, `avx512_bf16` or `float32`.
  let bfloat16: BFloat16Products
  /// Memory that could be had without swapping, in bytes.
  let availableMemoryBytes: Int?
  let libraries: [LoadedLibrary]
  /// Value of each variable that paths of experiments use; nil where it is not set.
  let variables: [String: String?]
  let workFolder: String
  /// Free space for the work folder, in bytes.
  let freeDiskBytes: Int?
  /// What is missing or slow, each with its remedy.
  let problems: [String]

  init(
    work: String, environment: [String: String], libraries: [LoadedLibrary], machine: Machine
  ) {
    self.machine = machine
    self.libraries = libraries
    kernels = .current
    bfloat16 = .current
    availableMemoryBytes = Machine.availableMemory()
    workFolder = work
    freeDiskBytes = Self.freeBytes(work)
    let names = ["SPUNGE_MODELS", "SPUNGE_DATA"]
    variables = Dictionary(uniqueKeysWithValues: names.map { ($0, environment[$0]) })
    problems =
      Self.libraryProblems(libraries) + Self.machineProblems(machine)
      + names.compactMap { Self.variableProblem($0, value: environment[$0]) }
      + (freeDiskBytes.map { Self.diskProblems($0, work: work) } ?? [])
  }

  private static func libraryProblems(_ libraries: [LoadedLibrary]) -> [String] {
    let missing = libraries.filter { $0.file == nil }
    if missing.isEmpty { return [] }
    let packages = missing.map(\.package).joined(separator: " ")
    return [
      "\(missing.map(\.name).joined(separator: ", ")) not found: apt-get install \(packages), "
        + "then build again"
    ]
  }

  private static func machineProblems(_ machine: Machine) -> [String] {
    if !machine.features.contains("avx2") {
      return ["no AVX2: everything works, many times slower; prefer another machine"]
    }
    let hasBFloat16 = !Set(machine.features).isDisjoint(with: ["avx512_bf16", "amx_bf16"])
    return hasBFloat16
      ? [] : ["no bfloat16 instructions: computeType float32 is as fast here, and exact"]
  }

  private static func variableProblem(_ name: String, value: String?) -> String? {
    let content = name == "SPUNGE_MODELS" ? "models" : "corpora and benchmarks"
    guard let value, !value.isEmpty else {
      return "\(name) is not set: export it as the folder of \(content), or pass a flag"
    }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: value, isDirectory: &isFolder)
    return exists && isFolder.boolValue
      ? nil : "\(name) is '\(value)', which is not a folder: set it to the folder of \(content)"
  }

  private static func diskProblems(_ free: Int, work: String) -> [String] {
    free >= 5 << 30
      ? [] : ["only \(gibibytes(free)) free for \(work): pass --work with a folder on another disk"]
  }

  /// Free space of the disk that holds `path` or will hold it.
  private static func freeBytes(_ path: String) -> Int? {
    var url = URL(filePath: path).standardizedFileURL
    while url.path != "/", !FileManager.default.fileExists(atPath: url.path) {
      url.deleteLastPathComponent()
    }
    var status = statvfs()
    guard statvfs(url.path, &status) == 0 else { return nil }
    return Int(clamping: UInt64(status.f_bavail) * UInt64(status.f_frsize))
  }

  private static func gibibytes(_ bytes: Int) -> String {
    String(format: "%.1f GiB", Double(bytes) / 1_073_741_824)
  }

  /// For people.
  var text: String {
    var lines = [
      "processor  \(machine.processor), \(machine.cores) usable cores",
      "features   \(machine.features.joined(separator: " "))",
      "kernels    \(kernels.rawValue); bfloat16 products by \(bfloat16.rawValue)",
      "memory     \(Self.gibibytes(machine.memoryBytes))"
        + (availableMemoryBytes.map { ", \(Self.gibibytes($0)) available" } ?? ""),
      "disk       \(freeDiskBytes.map(Self.gibibytes) ?? "unknown") free for \(workFolder)",
      "system     \(machine.operatingSystem)",
    ]
    for library in libraries {
      let name = library.name.padding(toLength: 14, withPad: " ", startingAt: 0)
      let found = [library.version, library.file].compactMap { $0 }.joined(separator: ", ")
      lines.append("\(name) \(library.file == nil ? "missing" : found)")
    }
    for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
      lines.append("\(name)  \(value ?? "not set")")
    }
    lines.append(problems.isEmpty ? "nothing is missing" : "to do:")
    lines += problems.map { "- \($0)" }
    return lines.joined(separator: "\n") + "\n"
  }
}
