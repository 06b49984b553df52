// Hog does what its arguments say, one after another, then waits to be killed:
//
//	touch MIB    hold that much memory
//	child MIB    hold it in a child process, whose end is passed over
//	stdin        wait for a line
//	exit CODE    end
package main

import (
	"bufio"
	"log"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"
)

var held [][]byte

func main() {
	for args := os.Args[1:]; len(args) > 0; {
		word := args[0]
		args = args[1:]
		if word == "stdin" {
			_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
			continue
		}
		n, err := strconv.Atoi(args[0])
		if err != nil {
			log.Fatal(err)
		}
		args = args[1:]
		switch word {
		case "touch":
			touch(n)
		case "child":
			_ = exec.Command("/proc/self/exe", "touch", strconv.Itoa(n), "exit", "0").Run()
		case "exit":
			os.Exit(n)
		default:
			log.Fatalf("unknown %q", word)
		}
	}
	for {
		time.Sleep(time.Hour)
	}
}

// touch writes to every page, of 4 KiB and never of 2 MiB.
func touch(mib int) {
	memory, err := syscall.Mmap(-1, 0, mib<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		log.Fatal(err)
	}
	_ = syscall.Madvise(memory, 15) // MADV_NOHUGEPAGE; a kernel without huge pages refuses
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	held = append(held, memory)
}
