import Foundation
import Spunge
import Tensors
import TestSupport
import Testing

@testable import spunge_eval

@Suite struct DoctorCommandTests {
  /// What the command prints of the machine that it runs on.
  @Test func machineAndLibrariesAreShown() throws {
    let folder = try TemporaryFolder()
    let run = try Tool(
      ["doctor", "--json", "--work", folder.path], in: folder.path,
      environment: ["SPUNGE_MODELS": folder.path])
    #expect(run.status == 0, "\(run.errors)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    let machine = try #require(report["machine"] as? [String: Any])
    #expect(machine["cores"] as? Int == Machine.current().cores)
    #expect(report["kernels"] as? String == InstructionSet.current.rawValue)
    #expect(report["workFolder"] as? String == folder.path)
    let libraries = try #require(report["libraries"] as? [[String: Any]])
    #expect(libraries.contains { $0["name"] as? String == "OpenBLAS" && $0["file"] is String })
    #expect((report["variables"] as? [String: Any])?["SPUNGE_MODELS"] as? String == folder.path)
    let text = try Tool(["doctor"], in: folder.path)
    #expect(text.status == 0 && text.output.contains(Machine.current().processor), "\(text)")
  }

  @Test func doctorNamesWhatIsMissing() {
    let report = DoctorReport(
      work: "/nonexistent/work", environment: ["SPUNGE_DATA": "/nonexistent"],
      libraries: [
        LoadedLibrary(name: "OpenBLAS", package: "libopenblas-dev", file: "/lib/a.so", version: "1")
      ],
      machine: Machine(
        processor: "P", features: ["avx2"], cores: 2, memoryBytes: 1 << 33, operatingSystem: "OS"))
    #expect(report.freeDiskBytes != nil, "the nearest folder that exists is asked")
    #expect(report.problems.contains { $0.contains("SPUNGE_MODELS is not set") })
    #expect(report.problems.contains { $0.contains("SPUNGE_DATA is '/nonexistent'") })
    #expect(report.problems.contains { $0.contains("no bfloat16 instructions") })
    #expect(report.text.contains("OpenBLAS") && report.text.contains("8.0 GiB"))
  }

  @Test func doctorSaysHowToInstall() {
    let report = DoctorReport(
      work: ".", environment: [:],
      libraries: [LoadedLibrary(name: "OpenBLAS", package: "libopenblas-dev")], machine: .current())
    #expect(report.problems.first?.contains("apt-get install libopenblas-dev") == true)
  }
}
